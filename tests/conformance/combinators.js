// SPDX-License-Identifier: LGPL-2.1-or-later

// The statements of the conformance programs that run blocks together, again, or for each item, in JavaScript; select, task slots and caches.

import Anyio from 'gi://Anyio';
import {Failure, Toolbox} from './toolbox.js';

const number = word => (word === 'never' ? Infinity : Number(word));

/* What uses it has block(), child() and describe(), and the groups and handles of a case. */
export class Combinators extends Toolbox {
    constructor(tell) {
        super(tell);
        this.counts = new Map(); // of what fails so many times
    }

    async 'failing'(node, frame, context, n, name) {
        const count = (this.counts.get(node) ?? 0) + 1;
        this.counts.set(node, count);
        if (count <= Number(n))
            throw new Failure(name);
    }

    // --- together ---

    parts(node) {
        return node.body.map(part => async task => {
            await this.block(part.body, {task}, task);
            return part.words[1];
        });
    }

    'gather' = async (node, frame, context) => void await Anyio.gather(this.parts(node), context);
    'race' = async (node, frame, context) => this.tell(`race=${await Anyio.race(this.parts(node), context)}`);

    async 'first-success'(node, frame, context, stagger) {
        this.tell(`first-success=${await Anyio.any(this.parts(node), context, {stagger: number(stagger)})}`);
    }

    async 'as-completed'(node, frame, context) {
        const parts = this.parts(node);
        parts.forEach((part, i) => Object.defineProperty(part, 'name', {value: node.body[i].words[1]}));
        await Anyio.asCompleted(parts, async completed => {
            for await (const task of completed)
                this.tell(task.name);
        }, context);
    }

    async 'map'(node, frame, context, limit, ...items) {
        await Anyio.map((item, task) => this.block(node.body, {task, item}, task), items, context, {limit: number(limit)});
    }

    'item' = (node, frame) => this.tell(frame.item);

    /* What select() takes. */
    operation([verb, name, item]) {
        switch (verb) {
        case 'sleep':
            return Anyio.toSleep(number(name));
        case 'wait':
            return this.handles.get(name).toWait();
        case 'send':
            return this.object(name).toSend(item);
        default:
            return this.object(name)[{acquire: 'toAcquire', await: 'toWait', receive: 'toReceive'}[verb]]();
        }
    }

    async 'select'(node, frame, context, quietly) {
        const {index, value} = await Anyio.select(node.body.map(operation => this.operation(operation.words)), context);
        const [verb, name] = node.body[index].words;
        if (quietly)
            return;
        if (verb === 'receive')
            this.tell(`${name}=${value}`);
        else
            this.tell(verb === 'sleep' ? 'slept' : name);
    }

    // --- again ---

    async 'retry'(node, frame, context, attempts, delay, factor, maxDelay) {
        const options = {delay: Number(delay), factor: Number(factor), maxDelay: Number(maxDelay), jitter: 0, maxAttempts: number(attempts)};
        await Anyio.retry(task => this.block(node.body, {task}, task), context, options);
    }

    async 'supervise'(node, frame, context, attempts, delay, factor, maxDelay, always) {
        await Anyio.supervise(task => this.block(node.body, {task}, task), context, {
            restart: always ? 'always' : 'on-failure',
            delay: Number(delay), factor: Number(factor), maxDelay: Number(maxDelay), jitter: 0, maxAttempts: number(attempts),
            failed: (error, nFailures) => this.tell(`${this.describe(error)}#${nFailures}`),
        });
    }

    // --- slots and caches ---

    'slot'(node, frame, context, name, group, delay) {
        this.objects.set(name, new Anyio.TaskSlot(this.groups.get(group), {delay: Number(delay)}));
    }

    'put'(node, frame, context, slot, name) {
        this.object(slot).start(this.child(node.body), name);
    }

    'clear' = (node, frame, context, slot) => this.object(slot).cancel();

    'cache'(node, frame, context, name, ...words) {
        const options = {};
        while (words.length > 0)
            options[{size: 'maxSize', age: 'maxAge'}[words.shift()]] = Number(words.shift());
        let n = 0;
        const load = async (key, task) => {
            const own = ++n;
            await this.block(node.body, {task}, task);
            return own;
        };
        this.objects.set(name, new Anyio.Cache(load, options));
    }

    async 'fetch'(node, frame, context, name, key) {
        this.tell(`${key}=${await this.object(name).get(key, context)}`);
    }

    'forget' = (node, frame, context, name) => this.object(name).removeAll();
}
