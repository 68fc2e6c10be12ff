// SPDX-License-Identifier: LGPL-2.1-or-later

// One task: it sleeps for a second while the main loop runs.

int main () {
    try {
        Anyio.run (() => {
            print ("Hello ...\n");
            Anyio.sleep (1);
            print ("... world!\n");
        });
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }

    return 0;
}
