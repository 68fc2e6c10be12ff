// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported ReadyQueue */

// What can go on: objects with a run() each. In the order of arrival; under a schedule seed in batches, each permuted as the core's scheduler does it
// (anyio-prng-private.h), and what otherwise needs no turn takes one, so that it can be permuted.

const {GLib} = imports.gi;

function makeShuffle(seed) {
    let state = BigInt(seed);
    return batch => {
        for (let i = batch.length - 1; i > 0; i--) {
            state = BigInt.asUintN(64, state + 0x9E3779B97F4A7C15n);
            let word = state;
            word = BigInt.asUintN(64, (word ^ word >> 30n) * 0xBF58476D1CE4E5B9n);
            word = BigInt.asUintN(64, (word ^ word >> 27n) * 0x94D049BB133111EBn);
            const j = Number((word ^ word >> 31n) % BigInt(i + 1));
            [batch[i], batch[j]] = [batch[j], batch[i]];
        }
    };
}

var ReadyQueue = class ReadyQueue {
    constructor(seed = null) {
        const number = seed ?? Number.parseInt(GLib.getenv('ANYIO_SCHEDULE_SEED') ?? '0', 10);
        this._arrivals = [];
        this._batch = []; // only under a seed
        this._shuffle = number > 0 ? makeShuffle(number) : null;
    }

    get isEmpty() {
        return this._arrivals.length === 0 && this._batch.length === 0;
    }

    /* Whether what comes now would be next anyway, so that it may run without a turn. */
    get canSkip() {
        return this._arrivals.length === 0 && this._shuffle === null;
    }

    push(turn) {
        this._arrivals.push(turn);
    }

    shift() {
        if (this._shuffle === null)
            return this._arrivals.shift();
        if (this._batch.length === 0) {
            this._batch = this._arrivals;
            this._arrivals = [];
            this._shuffle(this._batch);
        }
        return this._batch.shift();
    }
};
