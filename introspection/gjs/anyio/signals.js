// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported SignalReceiver, openSignalReceiver */

// Unix signals. JavaScript has no numbers for them, so they are known by their names here.

const library = imports.anyio.library;
const tasks = imports.anyio.tasks;

function toNumber(signal) {
    const number = typeof signal === 'string' ? library.Native.signal_from_name(signal) : signal;
    if (!Number.isInteger(number) || number <= 0)
        throw new RangeError(`There is no signal ${signal}; signals have names like 'SIGTERM'`);
    return number;
}

function toName(number) {
    return library.Native.signal_to_name(number);
}

var SignalReceiver = class SignalReceiver {
    constructor(...signals) {
        this._native = library.NativeClass.SignalReceiver.open(signals.map(toNumber));
    }

    receive(context) {
        return this._native.receive(tasks.taskOf(context, 'SignalReceiver.receive')).then(toName);
    }

    receiveNowait() {
        return toName(this._native.receive_nowait());
    }

    /* For "for await", at whose end the receiver is closed. */
    items(context) {
        const task = tasks.taskOf(context, 'SignalReceiver.items');
        return {
            [Symbol.asyncIterator]() {
                return this;
            },
            next: async () => {
                try {
                    return {done: false, value: await this.receive(task)};
                } catch (error) {
                    this.close();
                    throw error;
                }
            },
            return: () => {
                this.close();
                return Promise.resolve({done: true, value: undefined});
            },
        };
    }

    get pending() {
        return this._native.get_pending();
    }

    get lost() {
        return this._native.get_lost();
    }

    get tasksWaiting() {
        return this._native.get_tasks_waiting();
    }

    get isClosed() {
        return this._native.is_closed();
    }

    close() {
        this._native.close();
    }
};

function openSignalReceiver(...signals) {
    return new SignalReceiver(...signals);
}
