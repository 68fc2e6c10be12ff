// SPDX-License-Identifier: LGPL-2.1-or-later

// Five downloads, two at a time; the first error stops the rest.
//
// The files are local, made for the occasion, and come over a line that is as slow as the program pretends. With --fail one of them is missing.

import GLib from 'gi://GLib';
import Gio from 'gi://Gio';
import Anyio from 'gi://Anyio';
import {exit, programArgs} from 'system';

Gio._promisify(Gio.File.prototype, 'load_contents_async');

const AT_A_TIME = 2;
const BYTES_PER_SECOND = 5000;
const SIZES = {one: 1000, two: 6000, three: 2000, four: 5000, five: 1000};

async function download(path, task) {
    const file = Gio.File.new_for_path(path);
    const [contents] = await Anyio.wait(cancellable => file.load_contents_async(cancellable), task);

    print(`${file.get_basename()} has ${contents.length} bytes`);
    await Anyio.sleep(contents.length / BYTES_PER_SECOND, task);
    print(`${file.get_basename()} is here`);
}

const missing = programArgs.length === 1 && programArgs[0] === '--fail' ? 'three' : null;
const folder = GLib.Dir.make_tmp('downloads-XXXXXX');
const paths = Object.keys(SIZES).map(name => GLib.build_filenamev([folder, name]));
let status = 0;

for (const [name, size] of Object.entries(SIZES)) {
    if (name !== missing)
        GLib.file_set_contents(GLib.build_filenamev([folder, name]), 'x'.repeat(size));
}

try {
    await Anyio.map(download, paths, null, {limit: AT_A_TIME});
} catch (error) {
    printerr(`Stopped: ${error.message}`);
    status = 1;
}
paths.forEach(path => GLib.unlink(path));
GLib.rmdir(folder);
exit(status);
