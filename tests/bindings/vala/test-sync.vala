// SPDX-License-Identifier: LGPL-2.1-or-later

// What tasks wait for each other with, in lambdas, and in Vala's own async methods beside them.

void check (string name, owned Anyio.Func body) {
    try {
        Anyio.run (body, name);
    } catch (Error error) {
        Test.message ("%s: %s", name, error.message);
        Test.fail ();
    }
}

void test_lock () {
    check ("lock", () => {
        var mutex = new Anyio.Lock ();
        var group = Anyio.TaskGroup.open ();
        int n_inside = 0;
        int n_done = 0;

        for (int i = 0; i < 3; i++)
            group.start_soon (() => {
                mutex.acquire ();
                assert (mutex.owner == Anyio.get_current_task ());
                assert (n_inside++ == 0);
                Anyio.checkpoint ();
                n_inside--;
                n_done++;
                mutex.release ();
            });
        group.join ();
        assert (n_done == 3);
        assert (!mutex.is_locked ());
    });
}

void test_condition () {
    check ("condition", () => {
        var condition = new Anyio.Condition ();
        var group = Anyio.TaskGroup.open ();
        int n_items = 0;

        group.start_soon (() => {
            condition.lock.acquire ();
            condition.wait_for (() => n_items > 0);
            n_items--;
            condition.lock.release ();
        });
        while (condition.tasks_waiting == 0)
            Anyio.checkpoint ();
        condition.lock.acquire ();
        n_items = 1;
        condition.notify ();
        condition.lock.release ();
        group.join ();
        assert (n_items == 0);
    });
}

void test_others () {
    check ("others", () => {
        var event = new Anyio.Event ();
        var semaphore = new Anyio.Semaphore (1);
        var limiter = new Anyio.CapacityLimiter (double.INFINITY);
        var rate = new Anyio.RateLimiter (double.INFINITY, 1);
        var barrier = new Anyio.Barrier (2);
        var guard = new Anyio.ResourceGuard ();
        var future = new Anyio.Future ();
        var group = Anyio.TaskGroup.open ();
        Value value;
        uint place;

        group.start_soon (() => {
            uint other_place;

            event.set ();
            future.set_value (7);
            barrier.wait (out other_place);
            assert (other_place == 0);
        });
        event.wait ();
        future.await (out value);
        assert (value.get_int () == 7);
        barrier.wait (out place);
        assert (place == 1);
        semaphore.acquire ();
        assert (semaphore.value == 0);
        semaphore.release ();
        limiter.acquire ();
        assert (limiter.borrowed_tokens == 1);
        limiter.release ();
        rate.acquire ();
        guard.enter ();
        try {
            guard.enter ();
            assert_not_reached ();
        } catch (IOError.PENDING error) {
            assert (error.message == "Another task is already using this resource");
        }
        guard.leave ();
        group.join ();
    });
}

async void use_without_task (MainLoop loop) throws Error {
    var mutex = new Anyio.Lock ();
    var event = new Anyio.Event ();
    var future = new Anyio.Future ();
    var cancellable = new Cancellable ();

    yield mutex.acquire_async ();
    assert (mutex.is_locked ());
    assert (mutex.owner == null);
    cancellable.cancel ();
    try {
        yield mutex.acquire_async (cancellable);
        assert_not_reached ();
    } catch (IOError.CANCELLED error) {
    }
    mutex.release ();
    Idle.add (() => {
        event.set ();
        future.set_value ("text");
        return Source.REMOVE;
    });
    yield event.wait_async ();
    var value = yield future.await_async ();
    assert (value.get_string () == "text");
    loop.quit ();
}

void test_async () {
    var loop = new MainLoop ();

    use_without_task.begin (loop, (object, result) => {
        try {
            use_without_task.end (result);
        } catch (Error error) {
            assert_not_reached ();
        }
    });
    loop.run ();
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/sync/lock", test_lock);
    Test.add_func ("/sync/condition", test_condition);
    Test.add_func ("/sync/others", test_others);
    Test.add_func ("/sync/async", test_async);
    return Test.run ();
}
