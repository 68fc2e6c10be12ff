// SPDX-License-Identifier: LGPL-2.1-or-later

// The statements of the conformance programs about the toolbox, in Vala: what synchronises tasks, and the streams in memory.

string? toolbox_word (Error error) {
    if (error is IOError.WOULD_BLOCK)
        return "would-block";
    if (error is IOError.BROKEN_PIPE || error is Anyio.Error.BROKEN)
        return "broken";
    if (error is Anyio.Error.EMPTY)
        return "empty";
    if (error is Anyio.Error.LAGGED)
        return "lagged";
    if (error is Anyio.Error.END_OF_STREAM)
        return "end";

    return null;
}

string? item_of (string word) {
    return word == "nothing" ? null : word;
}

delegate bool BlockFunc (GenericArray<Node> nodes) throws Error;

// One case's objects.
class Toolbox {
    public HashTable<string, Object> objects = new HashTable<string, Object> (str_hash, str_equal);
    HashTable<string, Object> borrowers = new HashTable<string, Object> (str_hash, str_equal);

    public Object object (string name) {
        if (!(name in objects))
            error ("There is no \"%s\" in this program", name);

        return objects[name];
    }

    public Anyio.Future future (string name) {
        return (Anyio.Future) object (name);
    }

    bool make (Node node) {
        unowned var words = node.words;

        switch (words[0]) {
        case "event":
            objects[words[1]] = new Anyio.Event ();
            return true;
        case "lock":
            objects[words[1]] = new Anyio.Lock ();
            return true;
        case "future":
            objects[words[1]] = new Anyio.Future ();
            return true;
        case "rate":
            objects[words[1]] = new Anyio.RateLimiter (number (words[2]), (uint) number (words[3]));
            return true;
        case "guard":
            objects[words[1]] = new Anyio.ResourceGuard ();
            return true;
        case "broadcast":
            objects[words[1]] = new Anyio.BroadcastStream<string?> ();
            return true;
        case "semaphore":
            objects[words[1]] = new Anyio.Semaphore ((uint) number (words[2]), words.length > 3 ? (uint) number (words[3]) : 0);
            return true;
        case "limiter":
            objects[words[1]] = new Anyio.CapacityLimiter (number (words[2]));
            return true;
        case "condition":
            objects[words[1]] = new Anyio.Condition ((Anyio.Lock) object (words[2]));
            return true;
        case "barrier":
            objects[words[1]] = new Anyio.Barrier ((uint) number (words[2]));
            return true;
        case "stream":
            Anyio.MemoryObjectSendStream<string?> send;
            Anyio.MemoryObjectReceiveStream<string?> receive;
            Anyio.create_memory_object_stream<string?> (words[3] == "unbounded" ? Anyio.UNBOUNDED : (size_t) number (words[3]), out send, out receive);
            objects[words[1]] = send;
            objects[words[2]] = receive;
            return true;
        default:
            return false;
        }
    }

    // --- what synchronises ---

    void wait (string name) throws Error {
        var object = object (name);

        if (object is Anyio.Event) {
            ((Anyio.Event) object).wait ();
        } else if (object is Anyio.Future) {
            ((Anyio.Future) object).wait ();
        } else if (object is Anyio.Barrier) {
            uint place;
            ((Anyio.Barrier) object).wait (out place);
            say (@"$name=$place");
        } else {
            expect_misuse ();
            try {
                ((Anyio.Condition) object).wait ();
            } finally {
                was_misused ();
            }
        }
    }

    void fail_if_misused () throws Error {
        if (was_misused ())
            throw new Anyio.Error.MISUSE ("The message told why");
    }

    void notify (string name, string n) throws Error {
        var condition = (Anyio.Condition) object (name);

        expect_misuse ();
        if (n == "all")
            condition.notify_all ();
        else
            condition.notify ((uint) number (n));
        fail_if_misused ();
    }

    // --- futures ---

    void fail_if_late (bool is_in_time) throws Error {
        if (!is_in_time)
            throw new Error (Quark.from_string ("conformance-failure"), 0, "late");
    }

    void read (string name) throws Error {
        Value value;

        future (name).await (out value);
        say (name + "=" + text_of (value));
    }

    // --- having ---

    // Of a rate limiter, which has no borrowers.
    uint n_tokens (string? word) {
        return word != null ? (uint) number (word) : 1;
    }

    // A name stands for a borrower.
    Object borrower_of (string name) {
        if (!(name in borrowers))
            borrowers[name] = new Cancellable ();

        return borrowers[name];
    }

    void acquire (string name, string? borrower) throws Error {
        var object = object (name);

        if (object is Anyio.Lock)
            ((Anyio.Lock) object).acquire ();
        else if (object is Anyio.Semaphore)
            ((Anyio.Semaphore) object).acquire ();
        else if (object is Anyio.RateLimiter)
            ((Anyio.RateLimiter) object).acquire (n_tokens (borrower));
        else if (borrower == null)
            ((Anyio.CapacityLimiter) object).acquire ();
        else
            ((Anyio.CapacityLimiter) object).acquire_on_behalf_of (borrower_of (borrower));
    }

    void acquire_nowait (string name, string? borrower) throws Error {
        var object = object (name);

        if (object is Anyio.Lock)
            ((Anyio.Lock) object).acquire_nowait ();
        else if (object is Anyio.Semaphore)
            ((Anyio.Semaphore) object).acquire_nowait ();
        else if (object is Anyio.RateLimiter)
            ((Anyio.RateLimiter) object).acquire_nowait (n_tokens (borrower));
        else if (borrower == null)
            ((Anyio.CapacityLimiter) object).acquire_nowait ();
        else
            ((Anyio.CapacityLimiter) object).acquire_on_behalf_of_nowait (borrower_of (borrower));
    }

    void release (string name, string? borrower) {
        var object = object (name);

        if (object is Anyio.Lock)
            ((Anyio.Lock) object).release ();
        else if (object is Anyio.Semaphore)
            ((Anyio.Semaphore) object).release ();
        else if (borrower == null)
            ((Anyio.CapacityLimiter) object).release ();
        else
            ((Anyio.CapacityLimiter) object).release_on_behalf_of (borrower_of (borrower));
    }

    bool guarding (Anyio.ResourceGuard guard, Node node, BlockFunc block) throws Error {
        guard.enter ();
        try {
            return block (node.body);
        } finally {
            guard.leave ();
        }
    }

    bool holding (Node node, BlockFunc block) throws Error {
        var object = object (node.words[1]);

        if (object is Anyio.ResourceGuard)
            return guarding ((Anyio.ResourceGuard) object, node, block);
        acquire (node.words[1], null);
        try {
            return block (node.body);
        } finally {
            release (node.words[1], null);
        }
    }

    // --- streams ---

    Anyio.MemoryObjectSendStream<string?> sender (string name) {
        return (Anyio.MemoryObjectSendStream<string?>) object (name);
    }

    Anyio.MemoryObjectReceiveStream<string?> receiver (string name) {
        return (Anyio.MemoryObjectReceiveStream<string?>) object (name);
    }

    void send (string name, string word) throws Error {
        if (object (name) is Anyio.BroadcastStream)
            ((Anyio.BroadcastStream<string?>) object (name)).send (item_of (word));
        else
            sender (name).send (item_of (word));
    }

    void send_nowait (string name, string word) throws Error {
        if (object (name) is Anyio.BroadcastStream)
            ((Anyio.BroadcastStream<string?>) object (name)).send_nowait (item_of (word));
        else
            sender (name).send_nowait (item_of (word));
    }

    void subscribe (Node node) throws Error {
        string[] names = { "block", "drop-oldest", "drop-newest", "latest", "fail" };
        unowned var words = node.words;
        size_t size = words[3] == "unbounded" ? Anyio.UNBOUNDED : (size_t) number (words[3]);
        int policy = 0;

        while (names[policy] != words[4])
            policy++;
        objects[words[2]] = ((Anyio.BroadcastStream<string?>) object (words[1])).subscribe (size, (Anyio.OverflowPolicy) policy);
    }

    void say_item (string name, string? item) {
        say (name + "=" + (item ?? "nothing"));
    }

    void drain (string name) throws Error {
        foreach (var item in receiver (name))
            say_item (name, item);
    }

    void clone (string name, string clone) throws Error {
        if (object (name) is Anyio.MemoryObjectSendStream)
            objects[clone] = sender (name).clone ();
        else
            objects[clone] = receiver (name).clone ();
    }

    void close (string name) {
        if (object (name) is Anyio.MemoryObjectSendStream)
            sender (name).close ();
        else if (object (name) is Anyio.BroadcastStream)
            ((Anyio.BroadcastStream<string?>) object (name)).close ();
        else
            receiver (name).close ();
    }

    // --- questions ---

    string look (string name) {
        var object = object (name);

        if (object is Anyio.Event)
            return ((Anyio.Event) object).is_set () ? "set" : "unset";
        if (object is Anyio.Lock)
            return ((Anyio.Lock) object).is_locked () ? "held" : "free";
        if (object is Anyio.Semaphore)
            return ((Anyio.Semaphore) object).value.to_string ();
        if (object is Anyio.RateLimiter)
            return "%g".printf (((Anyio.RateLimiter) object).available_tokens);
        if (object is Anyio.ResourceGuard)
            return ((Anyio.ResourceGuard) object).is_busy () ? "held" : "free";
        if (object is Anyio.CapacityLimiter)
            return "%g".printf (((Anyio.CapacityLimiter) object).available_tokens);
        if (object is Anyio.MemoryObjectSendStream)
            return sender (name).current_buffer_used.to_string ();

        return receiver (name).current_buffer_used.to_string ();
    }

    uint waiting (string name) {
        var object = object (name);
        uint n;

        if (object is Anyio.MemoryObjectSendStream)
            return sender (name).tasks_waiting_send;
        if (object is Anyio.BroadcastStream)
            return ((Anyio.BroadcastStream<string?>) object).tasks_waiting_send;
        if (object is Anyio.MemoryObjectReceiveStream)
            return receiver (name).tasks_waiting_receive;
        object.get ("tasks-waiting", out n);

        return n;
    }

    string ends (string name) {
        uint n_send, n_receive;

        object (name).get ("open-send-streams", out n_send, "open-receive-streams", out n_receive);

        return @"$name=$n_send+$n_receive";
    }

    // --- statements ---

    public bool statement (Node node, BlockFunc block) throws Error {
        unowned var words = node.words;
        unowned string? first = words.length > 1 ? words[1] : null;

        switch (words[0]) {
        case "await":
            wait (first);
            break;
        case "fire":
            ((Anyio.Event) object (first)).set ();
            break;
        case "notify":
            notify (first, words[2]);
            break;
        case "acquire":
            expect_misuse ();
            try {
                acquire (first, node.word (2));
            } finally {
                was_misused ();
            }
            break;
        case "acquire-nowait":
            expect_misuse ();
            try {
                acquire_nowait (first, node.word (2));
            } finally {
                was_misused ();
            }
            break;
        case "release":
            expect_misuse ();
            release (first, node.word (2));
            fail_if_misused ();
            break;
        case "holding":
            return holding (node, block);
        case "total":
            ((Anyio.CapacityLimiter) object (first)).total_tokens = number (words[2]);
            break;
        case "send":
            send (first, words[2]);
            break;
        case "send-nowait":
            send_nowait (first, words[2]);
            break;
        case "subscribe":
            subscribe (node);
            break;
        case "lost":
            say (@"$first=$(receiver (first).items_lost)");
            break;
        case "settle":
            fail_if_late (future (first).set_value (words[2]));
            break;
        case "fail":
            fail_if_late (future (first).set_error (new Error (Quark.from_string ("conformance-failure"), 0, "%s", words[2])));
            break;
        case "cancel-future":
            future (first).cancel ();
            break;
        case "read":
            read (first);
            break;
        case "receive":
            say_item (first, receiver (first).receive ());
            break;
        case "receive-nowait":
            say_item (first, receiver (first).receive_nowait ());
            break;
        case "drain":
            drain (first);
            break;
        case "clone":
            clone (first, words[2]);
            break;
        case "close":
            close (first);
            break;
        case "drop":
            objects.remove (first);
            break;
        case "look":
            say (first + "=" + look (first));
            break;
        case "waiting":
            say (@"$first=$(waiting (first))");
            break;
        case "ends":
            say (ends (first));
            break;
        default:
            if (!make (node))
                error ("There is no statement \"%s\"", words[0]);
            break;
        }

        return false;
    }
}
