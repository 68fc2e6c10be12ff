// SPDX-License-Identifier: LGPL-2.1-or-later

// The first good answer of three servers. The next one is asked when the last has failed, or has been silent for half a second; when there is an answer, nobody else is waited for.

struct Server {
    string name;
    double delay;
    bool is_broken;
}

void ask (Server server) throws Error {
    print ("%s is asked\n", server.name);
    try {
        Anyio.sleep (server.delay);
    } catch (IOError.CANCELLED error) {
        print ("%s is left alone\n", server.name);
        throw error;
    }
    if (server.is_broken) {
        print ("%s fails\n", server.name);
        throw new IOError.FAILED ("%s is broken", server.name);
    }
    print ("%s answers\n", server.name);
}

string ask_all () throws Error {
    Server[] servers = { { "North", 0.2, true }, { "South", 10, false }, { "West", 0.3, false } };
    string answer = null;

    Anyio.with_task_group (group => {
        group.set_policy (Anyio.JoinPolicy.FIRST_SUCCESS);
        group.keep_completed ();
        foreach (var server in servers) {
            group.start_soon (() => {
                ask (server);
                answer = server.name;
            }, "ask");
            Anyio.move_on_after (0.5, () => group.next_completed ());
            Anyio.checkpoint ();
        }
    });

    return answer;
}

int main () {
    try {
        Anyio.run (() => print ("The answer is that of %s\n", ask_all ()), "ask_all");
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }

    return 0;
}
