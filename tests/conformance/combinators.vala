// SPDX-License-Identifier: LGPL-2.1-or-later

// The statements of the conformance programs that run blocks together, again, or for each item, in Vala; select, task slots and caches.

Quark item_key () {
    return Quark.from_string ("conformance-item");
}

class Combinators {
    unowned Run run;
    unowned Toolbox toolbox;

    public Combinators (Run run, Toolbox toolbox) {
        this.run = run;
        this.toolbox = toolbox;
    }

    void failing (Node node) throws Error {
        if (++node.n_runs <= (uint) number (node.words[1]))
            throw new Error (Quark.from_string ("conformance-failure"), 0, "%s", node.words[2]);
    }

    // --- together ---

    void add_part (Anyio.Parts parts, Node part) {
        parts.add (() => { run.block (part.body); }, part.words[1]);
    }

    void add_child (Anyio.TaskGroup group, Node part) {
        group.start_soon (() => { run.block (part.body); }, part.words[1]);
    }

    Anyio.Parts parts_of (Node node) {
        var parts = new Anyio.Parts ();

        foreach (unowned var part in node.body)
            add_part (parts, part);

        return parts;
    }

    void say_winner (Node node, int winner) {
        say (node.words[0] + "=" + node.body[winner].words[1]);
    }

    void as_completed (Node node) throws Error {
        Anyio.with_task_group (group => {
            group.keep_completed ();
            foreach (unowned var part in node.body)
                add_child (group, part);
            try {
                while (true)
                    say (group.next_completed ().name);
            } catch (Anyio.Error.EMPTY error) { // there is no other
            }
        });
    }

    void map (Node node) throws Error {
        uint limit = node.words[1] == "never" ? uint.MAX : (uint) number (node.words[1]);

        Anyio.map<string> (node.words[2:node.words.length], item => {
            Anyio.Task.set_value (item_key (), (void*) item, null);
            run.block (node.body);
        }, limit);
    }

    void add_operation (Anyio.Select select, Node node) {
        unowned var words = node.words;

        if (words[0] == "sleep") {
            select.add_sleep (number (words[1]));
            return;
        }
        if (words[0] == "wait") {
            select.add_task (run.task (words[1]));
            return;
        }
        var object = toolbox.object (words[1]);
        if (words[0] == "receive")
            select.add_receive<string?> ((Anyio.MemoryObjectReceiveStream<string?>) object);
        else if (words[0] == "send" && object is Anyio.BroadcastStream)
            select.add_broadcast<string?> ((Anyio.BroadcastStream<string?>) object, words[2]);
        else if (words[0] == "send")
            select.add_send<string?> ((Anyio.MemoryObjectSendStream<string?>) object, words[2]);
        else if (object is Anyio.Event)
            select.add_event ((Anyio.Event) object);
        else if (object is Anyio.Future)
            select.add_future ((Anyio.Future) object);
        else if (object is Anyio.Lock)
            select.add_lock ((Anyio.Lock) object);
        else if (object is Anyio.Semaphore)
            select.add_semaphore ((Anyio.Semaphore) object);
        else
            select.add_capacity_limiter ((Anyio.CapacityLimiter) object);
    }

    void select (Node node) throws Error {
        var select = new Anyio.Select ();

        foreach (unowned var operation in node.body)
            add_operation (select, operation);
        unowned var words = node.body[select.wait ()].words;
        if (node.words.length > 1)
            return;
        if (words[0] == "receive")
            say (words[1] + "=" + select.take<string?> ());
        else
            say (words[0] == "sleep" ? "slept" : words[1]);
    }

    // --- again ---

    Anyio.Backoff backoff_of (Node node) {
        return Anyio.Backoff () {
            delay = number (node.words[2]),
            factor = number (node.words[3]),
            max_delay = number (node.words[4]),
            max_attempts = node.words[1] == "never" ? 0 : (uint) number (node.words[1])
        };
    }

    // --- slots and caches ---

    void cache (Node node) {
        int n = 0;
        var cache = new Anyio.Cache<string,string> (key => {
            int own = ++n;
            run.block (node.body);
            return own.to_string ();
        });

        for (int i = 2; i < node.words.length; i += 2) {
            if (node.words[i] == "size")
                cache.max_size = (uint) number (node.words[i + 1]);
            else
                cache.max_age = number (node.words[i + 1]);
        }
        toolbox.objects[node.words[1]] = cache;
    }

    // Whether it is one of these statements.
    public bool statement (Node node) throws Error {
        unowned var words = node.words;
        unowned string? first = words.length > 1 ? words[1] : null;

        switch (words[0]) {
        case "failing":
            failing (node);
            break;
        case "gather":
            parts_of (node).gather ();
            break;
        case "as-completed":
            as_completed (node);
            break;
        case "race":
            say_winner (node, parts_of (node).race ());
            break;
        case "first-success":
            say_winner (node, parts_of (node).first_success (number (first)));
            break;
        case "map":
            map (node);
            break;
        case "item":
            say ((string) Anyio.Task.get_value (item_key ()));
            break;
        case "select":
            select (node);
            break;
        case "retry":
            Anyio.retry (() => { run.block (node.body); }, backoff_of (node));
            break;
        case "supervise":
            Anyio.supervise (() => { run.block (node.body); }, backoff_of (node), words.length > 5 ? Anyio.Restart.ALWAYS : Anyio.Restart.ON_FAILURE, 0,
                             (error, n_failures) => { say (@"$(describe (error))#$n_failures"); });
            break;
        case "slot":
            toolbox.objects[first] = new Anyio.TaskSlot (run.task_group (words[2]), number (words[3]));
            break;
        case "put":
            ((Anyio.TaskSlot) toolbox.object (first)).start (() => { run.block (node.body); }, words[2]);
            break;
        case "clear":
            ((Anyio.TaskSlot) toolbox.object (first)).cancel ();
            break;
        case "cache":
            cache (node);
            break;
        case "fetch":
            say (words[2] + "=" + ((Anyio.Cache<string,string>) toolbox.object (first)).get (words[2]));
            break;
        case "forget":
            ((Anyio.Cache<string,string>) toolbox.object (first)).remove_all ();
            break;
        default:
            return false;
        }

        return true;
    }
}
