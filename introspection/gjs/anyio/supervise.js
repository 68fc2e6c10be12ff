// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported supervise */

// A function that is started again when it ends: what a service is made of. Each of them is one task; together with JoinPolicy.SUPERVISE, which keeps the tasks of a group
// from one another's failures, they are a supervisor.

const library = imports.anyio.library;
const errors = imports.anyio.errors;
const roots = imports.anyio.roots;
const {CancelScope} = imports.anyio.scopes;
const {makeBackoff} = imports.anyio.retry;
const {isStopRequested, waitStopRequested} = imports.anyio.stop;

const RESTARTS = ['on-failure', 'always'];

/* Ends with the function's success, unless that is to be restarted, too; with too many failures in a row; with a cancellation; and as soon as a stop was requested. */
function supervise(func, context, {restart = 'on-failure', stableAfter = 0, failed = null, ...delays} = {}) {
    errors.checkFunction(func, 'Anyio.supervise');
    if (!RESTARTS.includes(restart))
        throw new RangeError(`Anyio.supervise(): restart is one of ${RESTARTS.join(', ')}, not ${restart}`);
    errors.checkSeconds(stableAfter);
    const backoff = makeBackoff(delays, 'Anyio.supervise');
    return roots.withContext(context, func.name || 'supervise', async task => {
        for (let nFailures = 0; ;) {
            const began = library.Native.current_time();
            let outcome;
            try {
                outcome = {value: await errors.callAsync(func, task)};
            } catch (error) {
                outcome = {error};
            }
            const success = 'value' in outcome;
            if (success && (restart !== 'always' || isStopRequested(task)))
                return outcome.value;
            if (success || stableAfter > 0 && library.Native.current_time() - began >= stableAfter)
                nFailures = 0;
            if (!success) {
                nFailures++;
                if (errors.isCancelled(outcome.error) || nFailures >= backoff.maxAttempts || isStopRequested(task))
                    throw outcome.error;
                if (failed !== null)
                    failed(outcome.error, nFailures);
                else
                    roots.report(task.name, outcome.error, 'which goes on, has this failure behind it');
            }
            const scope = new CancelScope({timeout: backoff.getDelay(Math.max(nFailures, 1))});
            await scope._run(waitStopRequested, task, false);
            if (!scope.cancelledCaught)
                return undefined; // a stop was requested, and what failed was told
        }
    });
}
