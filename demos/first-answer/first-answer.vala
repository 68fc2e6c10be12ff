// SPDX-License-Identifier: LGPL-2.1-or-later

// Three tasks ask the same question; the first answer is taken, and the others, which nobody wants any more, are cancelled through their group.

void ask (string name, double delay) throws Error {
    print ("%s is asked\n", name);
    try {
        Anyio.sleep (delay);
    } catch (IOError.CANCELLED error) {
        print ("%s is left alone. %s\n", name, error.message);
        throw error;
    }
    print ("%s answers\n", name);
}

string ask_all () throws Error {
    string[] names = { "North", "South", "West" };
    double[] delays = { 10, 0.5, 20 };
    string winner = null;
    var group = Anyio.TaskGroup.open ();

    for (int i = 0; i < names.length; i++) {
        var name = names[i];
        var delay = delays[i];

        group.start_soon (() => {
            ask (name, delay);
            winner = name;
            group.cancel ("there is an answer");
        }, "ask");
    }
    group.join ();

    return winner;
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
