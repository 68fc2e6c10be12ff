// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported isCancelled, isOurs, makeCancelled, misuse, ioError, describe, combine, checkSeconds, checkFunction, listOf, callAsync */

// Errors, and the calls of what the program gave.

const {Gio, GLib} = imports.gi;
const library = imports.anyio.library;

/* On cancellations that answer a scope of ours, for which the state of the moment does not count any more. GJS 1.90 crashes if a GLib.Error is a key of a WeakSet. */
const IS_OURS = Symbol('anyio');

function isCancelled(error) {
    return error instanceof GLib.Error && error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
}

function makeCancelled(task) {
    const error = new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED, task._driver.native.get_message(task._id));
    error[IS_OURS] = true;
    return error;
}

function misuse(message) {
    return new GLib.Error(library.Native.Error, library.Native.Error.MISUSE, message);
}

function describe(error) {
    return error instanceof GLib.Error ? error.message : String(error);
}

/* One failure is itself; gjs prints nothing of the errors in an AggregateError, so its message tells them. */
function combine(errors, strict) {
    if (errors.length === 1 && !strict)
        return errors[0];
    return new AggregateError(errors, `${errors.length} failed: ${errors.map(describe).join('; ')}`);
}

function checkSeconds(seconds) {
    if (typeof seconds !== 'number' || Number.isNaN(seconds))
        throw new TypeError(`Expected a number of seconds, got ${seconds}`);
    return seconds;
}

/* What an async function returns, as a promise that never throws at the call. */
function callAsync(func, argument) {
    try {
        const promise = func(argument);
        if (typeof promise?.then !== 'function')
            throw new TypeError(`Expected ${func.name || 'the function'}() to return a promise, but it returned ${promise}; write "async" before it`);
        return promise;
    } catch (error) {
        return Promise.reject(error);
    }
}

function checkFunction(func, where) {
    if (typeof func !== 'function')
        throw new TypeError(`${where}() expects an async function, got ${func}; pass the function, not what it returns`);
}

function listOf(what, where) {
    if (typeof what?.[Symbol.iterator] !== 'function')
        throw new TypeError(`${where}() expects an array or another iterable, got ${what}`);
    return [...what];
}

function ioError(code, message) {
    return new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum[code], message);
}

/* Whether a cancellation that leaves the task answers a scope of ours. */
function isOurs(error, task) {
    return isCancelled(error) && (task._isCancelled || error[IS_OURS] === true);
}
