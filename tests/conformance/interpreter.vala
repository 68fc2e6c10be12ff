// SPDX-License-Identifier: LGPL-2.1-or-later

// The interpreter of the conformance programs in Vala: README.md says what each statement does. Reads cases from standard input, writes their traces.

[CCode (cname = "anyio_virtual_clock_new", cheader_filename = "anyio-testing.h")]
extern Anyio.Clock virtual_clock_new ();

class Node {
    public string[] words;
    public GenericArray<Node> body = new GenericArray<Node> ();
    public GenericArray<Node>? cleanup = null;
    public uint n_runs = 0; // of what fails so many times

    public Node (string text) {
        words = text.split (" ");
    }

    public string? word (int i) {
        return i < words.length ? words[i] : null;
    }
}

GenericArray<Node> parse (string[] lines) {
    var blocks = new GenericArray<GenericArray<Node>> ();

    blocks.add (new GenericArray<Node> ());
    foreach (unowned var line in lines) {
        var text = line.strip ();
        int depth = line.index_of (text) / 2;
        var parent = blocks[depth];

        blocks.length = depth + 1;
        if (text == "finally") {
            var before = parent[parent.length - 1];
            before.cleanup = new GenericArray<Node> ();
            blocks.add (before.cleanup);
        } else {
            var node = new Node (text);
            parent.add (node);
            blocks.add (node.body);
        }
    }

    return blocks[0];
}

// Misuse is a message in C and Vala and an error in other languages: the statements that may be misuse make one of it.
// The message is expected from the task that runs.
unowned Anyio.Task? misuser = null;
int n_misuses = 0;

void expect_misuse () {
    misuser = Anyio.get_current_task ();
    n_misuses = 0;
}

bool was_misused () {
    misuser = null;

    return n_misuses > 0;
}

LogWriterOutput write_log (LogLevelFlags level, LogField[] fields) {
    if (misuser != null && (level & LogLevelFlags.LEVEL_CRITICAL) != 0 && Anyio.get_current_task () == misuser) {
        n_misuses++;
        return LogWriterOutput.HANDLED;
    }
    if ((level & (LogLevelFlags.LEVEL_ERROR | LogLevelFlags.LEVEL_CRITICAL | LogLevelFlags.LEVEL_WARNING)) == 0)
        return LogWriterOutput.HANDLED;
    stdout.flush ();
    Log.writer_default (level, fields);
    Process.abort ();
}

string describe (Error error) {
    if (error is Anyio.Error.GROUP) {
        string[] words = {};
        foreach (unowned var member in Anyio.Error.group_get_errors (error))
            words += describe (member);
        return "(" + string.joinv (",", words) + ")";
    }
    if (error.domain == Quark.from_string ("conformance-failure"))
        return error.message;
    if (error is IOError.CANCELLED)
        return "cancelled";
    if (error is IOError.CLOSED)
        return "closed";
    if (error is IOError.PENDING)
        return "pending";
    if (error is IOError.TIMED_OUT)
        return "timed-out";
    if (error is Anyio.Error.MISUSE)
        return "misuse";
    if (error is Anyio.Error.NOT_STARTED)
        return "not-started";

    return toolbox_word (error) ?? "[%s_%d]".printf (error.domain.to_string (), error.code);
}

double number (string word) {
    return word == "never" ? double.INFINITY : double.parse (word);
}

void say (string word) {
    stdout.printf ("%g %s\n", Anyio.current_time (), word);
}

string text_of (Value value) {
    return value.type () == typeof (string) ? value.get_string () : "none";
}

// One case. A task of the program is a fiber, a block of statements a call; block () tells whether it left the body of the group early.
class Run {
    HashTable<string, Anyio.CancelScope> scopes = new HashTable<string, Anyio.CancelScope> (str_hash, str_equal);
    HashTable<string, Anyio.TaskGroup> groups = new HashTable<string, Anyio.TaskGroup> (str_hash, str_equal);
    HashTable<string, Anyio.Task> tasks = new HashTable<string, Anyio.Task> (str_hash, str_equal);
    HashTable<string, string> values = new HashTable<string, string> (str_hash, str_equal);
    Toolbox toolbox = new Toolbox ();
    Combinators combinators;
    HashTable<string, Cancellable> cancellables = new HashTable<string, Cancellable> (str_hash, str_equal);

    public Run () {
        combinators = new Combinators (this, toolbox);
    }

    // What a cache loads with holds the case.
    public void clear () {
        toolbox.objects.remove_all ();
    }

    public Anyio.TaskGroup task_group (string name) {
        return groups[name];
    }

    public Anyio.Task task (string name) {
        return tasks[name];
    }

    Anyio.CancelScope scope (string name) {
        return name in groups ? groups[name].cancel_scope : scopes[name];
    }

    Cancellable cancellable (string name) {
        if (!(name in cancellables))
            cancellables[name] = new Cancellable ();

        return cancellables[name];
    }

    public bool block (GenericArray<Node> nodes) throws Error {
        foreach (unowned var node in nodes)
            if (statement (node))
                return true;

        return false;
    }

    // --- errors ---

    bool outcome (Node node) {
        try {
            bool left = block (node.body);
            say ("ok");
            return left;
        } catch (Error error) {
            say (describe (error));
            return false;
        }
    }

    bool try_finally (Node node) throws Error {
        Error? failure = null;
        bool left = false;

        try {
            left = block (node.body);
        } catch (Error error) {
            failure = error;
        }
        block (node.cleanup);
        if (failure != null)
            throw failure;

        return left;
    }

    // --- scopes ---

    void make (Node node) {
        var scope = new Anyio.CancelScope ();

        for (int i = 2; i < node.words.length; i++) {
            switch (node.words[i]) {
            case "shield":
                scope.shield = true;
                break;
            case "timeout":
                scope.set_timeout (number (node.words[++i]));
                break;
            case "deadline":
                scope.deadline = number (node.words[++i]);
                break;
            }
        }
        scopes[node.words[1]] = scope;
    }

    bool enter (Node node) throws Error {
        bool left = false;

        scopes[node.words[1]].run (() => { left = block (node.body); });

        return left;
    }

    // The body of a scope that was made by a function; a name, if it has one, comes after the time.
    void body (Node node, out bool left) throws Error {
        left = false;
        if (node.words.length > 2)
            scopes[node.words[2]] = Anyio.current_cancel_scope ();
        left = block (node.body);
    }

    bool with_time (Node node) throws Error {
        double time = number (node.words[1]);
        bool left = false;

        switch (node.words[0]) {
        case "move-on-after":
            Anyio.move_on_after (time, () => body (node, out left));
            break;
        case "move-on-at":
            Anyio.move_on_at (time, () => body (node, out left));
            break;
        case "fail-after":
            Anyio.with_timeout (time, () => body (node, out left));
            break;
        default:
            Anyio.with_deadline (time, () => body (node, out left));
            break;
        }

        return left;
    }

    bool shielded (Node node) throws Error {
        var scope = new Anyio.CancelScope () { shield = true };
        bool left = false;

        scope.run (() => { left = block (node.body); });

        return left;
    }

    // --- groups and tasks ---

    void group (Node node) throws Error {
        Anyio.with_task_group (group => {
            set_options (group, node);
            groups[node.words[1]] = group;
            if (block (node.body))
                group.cancel ("left early");
        });
    }

    void set_options (Anyio.TaskGroup group, Node node) {
        unowned var words = node.words;

        for (int i = 2; i < words.length; i++) {
            switch (words[i]) {
            case "collect":
                group.policy = Anyio.JoinPolicy.COLLECT;
                break;
            case "first-done":
                group.policy = Anyio.JoinPolicy.FIRST_DONE;
                break;
            case "first-success":
                group.policy = Anyio.JoinPolicy.FIRST_SUCCESS;
                break;
            case "supervise":
                group.policy = Anyio.JoinPolicy.SUPERVISE;
                group.child_failed.connect ((task, error) => say (@"$(task.name)!$(describe (error))"));
                break;
            case "limit":
                group.max_concurrency = (uint) number (words[++i]);
                break;
            }
        }
    }

    void try_spawn (Node node) {
        if (!groups[node.words[1]].try_start_soon (() => child (node), node.words[2]))
            say (node.words[2] + "=refused");
    }

    void child (Node node) throws Error {
        block (node.body);
    }

    void fail_if_misused () throws Error {
        if (was_misused ())
            throw new IOError.CLOSED ("The group is closed");
    }

    void spawn (Node node) throws Error {
        expect_misuse ();
        groups[node.words[1]].start_soon (() => child (node), node.words[2]);
        fail_if_misused ();
    }

    void create (Node node) throws Error {
        expect_misuse ();
        var task = groups[node.words[1]].create_task (() => child (node), node.words[2]);
        if (task != null)
            tasks[node.words[2]] = task;
        fail_if_misused ();
    }

    void start (Node node) throws Error {
        expect_misuse ();
        try {
            values[node.words[2]] = text_of (groups[node.words[1]].start (() => child (node), node.words[2]));
        } finally {
            was_misused ();
        }
    }

    void started (Node node) throws Error {
        expect_misuse ();
        try {
            if (node.words.length > 1)
                Anyio.Task.started (node.words[1]);
            else
                Anyio.Task.started ();
        } finally {
            was_misused ();
        }
    }

    // --- questions ---

    void state (string name) {
        var scope = scope (name);
        string[] states = {};

        if (scope.cancel_called)
            states += "called";
        if (scope.cancelled_caught)
            states += "caught";
        say (name + "=" + (states.length > 0 ? string.joinv ("+", states) : "quiet"));
    }

    void reason (string name) {
        unowned string? text, by_task;
        string kind;

        switch (scope (name).get_reason (out text, out by_task)) {
        case Anyio.CancelKind.NONE:
            kind = "none";
            break;
        case Anyio.CancelKind.EXPLICIT:
            kind = text != null ? "explicit:" + text : "explicit";
            break;
        case Anyio.CancelKind.DEADLINE:
            kind = "deadline";
            break;
        case Anyio.CancelKind.CHILD_FAILED:
            kind = "child-failed";
            break;
        case Anyio.CancelKind.BODY_FAILED:
            kind = "body-failed";
            break;
        default:
            kind = "linked";
            break;
        }
        say (@"$name=$kind");
    }

    void by (string name) {
        unowned string? text, by_task;

        scope (name).get_reason (out text, out by_task);
        say (@"$name=by:$(by_task)");
    }

    string status (string name) {
        switch (name in tasks ? tasks[name].get_status () : toolbox.future (name).get_status ()) {
        case Anyio.TaskStatus.PENDING:
            return "pending";
        case Anyio.TaskStatus.CANCELLING:
            return "cancelling";
        case Anyio.TaskStatus.FINISHED:
            return "finished";
        case Anyio.TaskStatus.FAILED:
            return "failed";
        default:
            return "cancelled";
        }
    }

    string result (string name) {
        try {
            Value value;
            if (name in tasks)
                return text_of (tasks[name].get_result ());
            toolbox.future (name).get_result (out value);
            return text_of (value);
        } catch (Error error) {
            return describe (error);
        }
    }

    void winner (string name) {
        unowned var winner = groups[name].get_winner ();

        say (name + "=" + (winner != null ? winner.name : "none"));
    }

    void failures (string name) {
        var list = groups[name].failures;
        string[] words = {};

        for (uint i = 0; i < list.get_n_items (); i++)
            words += describe (((Anyio.Failure) list.get_item (i)).get_error ());
        say (name + "=" + (words.length > 0 ? string.joinv (",", words) : "none"));
    }

    // --- statements ---

    bool statement (Node node) throws Error {
        unowned var words = node.words;
        unowned string? first = words.length > 1 ? words[1] : null;

        switch (words[0]) {
        case "sleep":
            Anyio.sleep (number (first));
            break;
        case "sleep-until":
            Anyio.sleep_until (number (first));
            break;
        case "sleep-forever":
            Anyio.sleep_forever ();
            break;
        case "checkpoint":
            Anyio.checkpoint ();
            break;
        case "checkpoint-if-cancelled":
            Anyio.checkpoint_if_cancelled ();
            break;
        case "shielded-checkpoint":
            Anyio.shielded_checkpoint ();
            break;
        case "raise":
            throw new Error (Quark.from_string ("conformance-failure"), 0, "%s", first);
        case "raise-cancelled":
            throw new IOError.CANCELLED ("Raised by the program");
        case "outcome":
            return outcome (node);
        case "try":
            return try_finally (node);
        case "new":
            make (node);
            break;
        case "enter":
            return enter (node);
        case "scope":
            make (node);
            return enter (node);
        case "move-on-after":
        case "move-on-at":
        case "fail-after":
        case "fail-at":
            return with_time (node);
        case "shielded":
            return shielded (node);
        case "cancel":
            if (first in groups)
                groups[first].cancel (node.word (2));
            else
                scopes[first].cancel (node.word (2));
            break;
        case "shield":
            scope (first).shield = words[2] == "on";
            break;
        case "deadline":
            scope (first).deadline = number (words[2]);
            break;
        case "defer":
            scope (first).defer (() => { block (node.body); });
            break;
        case "group":
            group (node);
            break;
        case "leave":
            return true;
        case "spawn":
            spawn (node);
            break;
        case "create":
            create (node);
            break;
        case "try-spawn":
            try_spawn (node);
            break;
        case "bound":
            groups[first].max_concurrency = (uint) number (words[2]);
            break;
        case "winner":
            winner (first);
            break;
        case "failures":
            failures (first);
            break;
        case "request-stop":
            scope (first).request_stop (number (words[2]), node.word (3));
            break;
        case "stopping":
            say (Anyio.is_stop_requested () ? "stopping" : "going-on");
            break;
        case "await-stop":
            Anyio.wait_stop_requested ();
            break;
        case "start":
            start (node);
            break;
        case "started":
            started (node);
            break;
        case "give":
            Anyio.Task.set_result (first);
            break;
        case "wait":
            tasks[first].wait ();
            break;
        case "cancel-task":
            tasks[first].cancel (node.word (2));
            break;
        case "say":
            say (first);
            break;
        case "state":
            state (first);
            break;
        case "reason":
            reason (first);
            break;
        case "by":
            by (first);
            break;
        case "deadline-of":
            say ("%s=%g".printf (first, scope (first).deadline));
            break;
        case "effective-deadline":
            say ("%g".printf (Anyio.current_effective_deadline ()));
            break;
        case "pending":
            say (Anyio.get_current_task ().has_pending_cancellation () ? "cancelling" : "going-on");
            break;
        case "status":
            say (first + "=" + status (first));
            break;
        case "result":
            say (first + "=" + result (first));
            break;
        case "value":
            say (first + "=" + values[first]);
            break;
        case "link":
            scope (first).link (cancellable (words[2]));
            break;
        case "hand-out":
            cancellables[words[2]] = scope (first).get_cancellable ();
            break;
        case "cancel-foreign":
            cancellable (first).cancel ();
            break;
        case "foreign":
            say (first + "=" + (cancellable (first).is_cancelled () ? "cancelled" : "clear"));
            break;
        case "set":
            Anyio.Task.set_value (Quark.from_string (first), (void*) words[2], null);
            break;
        case "get":
            unowned var value = (string?) Anyio.Task.get_value (Quark.from_string (first));
            say (first + "=" + (value ?? "none"));
            break;
        default:
            return !combinators.statement (node) && toolbox.statement (node, block);
        }

        return false;
    }
}

void run_case (string name, string[] lines) {
    var options = new Anyio.RunOptions ();
    var program = parse (lines);
    var run = new Run ();

    stdout.printf ("case %s\n", name);
    stdout.flush ();
    options.set_clock (virtual_clock_new ());
    try {
        Anyio.run (() => { run.block (program); }, "main", options);
    } catch (Error error) {
        stdout.printf ("= %s\n", describe (error));
    }
    run.clear ();
}

int main () {
    string? name = null;
    string[] lines = {};

    Log.set_writer_func (write_log);
    while (true) {
        var line = stdin.read_line () ?? "case ";
        if (line.has_prefix ("case ")) {
            if (name != null)
                run_case (name, lines);
            name = line.substring (5);
            if (name == "")
                break;
            lines = {};
        } else {
            lines += line.substring (2);
        }
    }
    stdout.puts ("end\n");

    return 0;
}
