// SPDX-License-Identifier: LGPL-2.1-or-later

// Five downloads, two at a time; the first error stops the rest.
//
// The files are local, made for the occasion, and come over a line that is as slow as the program pretends. With --fail one of them is missing.

const int AT_A_TIME = 2;
const double BYTES_PER_SECOND = 5000;

const string[] NAMES = { "one", "two", "three", "four", "five" };
const int[] SIZES = { 1000, 6000, 2000, 5000, 1000 };

void download (string path) throws Error {
    var file = File.new_for_path (path);
    var call = new Anyio.Call ();
    uint8[] contents;

    file.load_contents_async.begin (call.begin (), call.ready);
    file.load_contents_async.end (call.await (), out contents, null);
    print ("%s has %d bytes\n", file.get_basename (), contents.length);
    Anyio.sleep (contents.length / BYTES_PER_SECOND);
    print ("%s is here\n", file.get_basename ());
}

void download_all (string[] paths) throws Error {
    var group = Anyio.TaskGroup.open ();

    group.set_max_concurrency (AT_A_TIME);
    foreach (unowned var path in paths)
        group.start_soon (() => download (path), "download");
    group.join ();
}

string[] make_files (string folder, string? missing) throws Error {
    string[] paths = {};

    for (int i = 0; i < NAMES.length; i++) {
        paths += Path.build_filename (folder, NAMES[i]);
        if (NAMES[i] != missing)
            FileUtils.set_contents (paths[i], string.nfill (SIZES[i], 'x'));
    }

    return paths;
}

int main (string[] args) {
    var missing = args.length == 2 && args[1] == "--fail" ? "three" : null;
    string? folder = null;
    string[] paths = {};
    int status = 0;

    try {
        folder = DirUtils.make_tmp ("downloads-XXXXXX");
        paths = make_files (folder, missing);
        Anyio.run (() => download_all (paths), "download_all");
    } catch (Error error) {
        printerr ("Stopped: %s\n", error.message);
        status = 1;
    }
    foreach (unowned var path in paths)
        FileUtils.unlink (path);
    if (folder != null)
        DirUtils.remove (folder);

    return status;
}
