// SPDX-License-Identifier: LGPL-2.1-or-later

// Three downloads at once; the first error stops the others.
//
// The arguments are locations: anything that GFile can read. Without arguments the program makes three local files and reads those, so that it runs without a network;
// with --fail one of them is missing.

void download (string location) throws Error {
    var file = File.new_for_commandline_arg (location);
    var call = new Anyio.Call ();
    uint8[] contents;

    file.load_contents_async.begin (call.begin (), call.ready);
    file.load_contents_async.end (call.await (), out contents, null);

    print ("%s: %d bytes\n", file.get_basename (), contents.length);
}

void download_all (string[] locations) throws Error {
    var group = Anyio.TaskGroup.open ();

    foreach (unowned var location in locations)
        group.start_soon (() => download (location), "download");

    group.join ();
}

// Makes the files one, two and three in a new folder; returns their paths.
string[] make_files (string folder, bool one_missing) throws Error {
    string[] names = { "one", "two", "three" };
    string[] paths = {};

    for (int i = 0; i < names.length; i++) {
        var path = Path.build_filename (folder, names[i]);

        if (!(one_missing && i == 1))
            FileUtils.set_contents (path, string.nfill (1000 * (i + 1), 'x'));
        paths += path;
    }

    return paths;
}

int main (string[] args) {
    bool fail = args.length == 2 && args[1] == "--fail";
    string? folder = null;
    string[] locations = args[1:args.length];
    int status = 0;

    try {
        if (args.length == 1 || fail) {
            folder = DirUtils.make_tmp ("downloads-XXXXXX");
            locations = make_files (folder, fail);
        }
        Anyio.run (() => download_all (locations), "download_all");
    } catch (Error error) {
        printerr ("Stopped: %s\n", error.message);
        status = 1;
    }
    if (folder != null) {
        foreach (unowned var path in locations)
            FileUtils.unlink (path);
        DirUtils.remove (folder);
    }

    return status;
}
