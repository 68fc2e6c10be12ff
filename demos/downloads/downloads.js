// SPDX-License-Identifier: LGPL-2.1-or-later

// Three downloads at once; the first error stops the others.
//
// The arguments are locations: anything that GFile can read. Without arguments the program makes three local files and reads those, so that it runs without a network;
// with --fail one of them is missing.

import GLib from 'gi://GLib';
import Gio from 'gi://Gio';
import Anyio from 'gi://Anyio';
import {exit, programArgs} from 'system';

Gio._promisify(Gio.File.prototype, 'load_contents_async');

async function download(location, task) {
    const file = Gio.File.new_for_commandline_arg(location);
    const [contents] = await Anyio.wait(cancellable => file.load_contents_async(cancellable), task);

    print(`${file.get_basename()}: ${contents.length} bytes`);
}

async function downloadAll(locations, task) {
    await Anyio.withTaskGroup(async tg => {
        for (const location of locations)
            tg.startSoon(child => download(location, child), 'download');
    }, task);
}

// Makes the files one, two and three in a new folder; returns their paths.
function makeFiles(folder, oneMissing) {
    return ['one', 'two', 'three'].map((name, i) => {
        const path = GLib.build_filenamev([folder, name]);

        if (!(oneMissing && i === 1))
            GLib.file_set_contents(path, 'x'.repeat(1000 * (i + 1)));
        return path;
    });
}

const fail = programArgs.length === 1 && programArgs[0] === '--fail';
const folder = programArgs.length === 0 || fail ? GLib.Dir.make_tmp('downloads-XXXXXX') : null;
const locations = folder !== null ? makeFiles(folder, fail) : programArgs;
let status = 0;

try {
    await Anyio.run(task => downloadAll(locations, task));
} catch (error) {
    printerr(`Stopped: ${error.message}`);
    status = 1;
}
if (folder !== null) {
    locations.forEach(path => GLib.unlink(path));
    GLib.rmdir(folder);
}
exit(status);
