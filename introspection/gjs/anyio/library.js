// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported Native, NativeClass, setNative, PENDING, CANCELLING, FINISHED, FAILED, CANCELLED, CLOSED, TIMER, STOP_REQUESTED */
/* exported ALL, COLLECT, FIRST_DONE, FIRST_SUCCESS, SUPERVISE */
/* exported IS_CANCELLED, ABSORBS, CALLED, EXPIRED, GROUP_CLOSED, ABSORBED, SHIELD, TIMEOUT */

// The introspected library as it is below the override, and the numbers of its driver.

var Native = null;
var NativeClass = {}; // its classes, whose names are ours in the namespace

function setNative(namespace, names) {
    Native = namespace;
    for (const name of ['Driver', ...names])
        NativeClass[name] = namespace[name];
}

var CLOSED = 3; // kinds of events
var TIMER = 2;
var STOP_REQUESTED = 4;

var PENDING = 0; // Anyio.TaskStatus; a look into the namespace costs as much as a call
var CANCELLING = 1;
var FINISHED = 2;
var FAILED = 3;
var CANCELLED = 4;

var ALL = 0; // Anyio.JoinPolicy
var COLLECT = 1;
var FIRST_DONE = 2;
var FIRST_SUCCESS = 3;
var SUPERVISE = 4;

var IS_CANCELLED = 1; // flags of the core
var ABSORBS = 2;
var CALLED = 4;
var EXPIRED = 8;
var GROUP_CLOSED = 16;
var ABSORBED = 32;
var SHIELD = 64;
var TIMEOUT = 128;

var NEW = 0; // states of a scope
var LIVE = 1;
var ENDED = 2;
