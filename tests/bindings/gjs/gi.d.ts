// SPDX-License-Identifier: LGPL-2.1-or-later

// As much of GLib, GObject and Gio as the types of Anyio name.

declare module 'gi://GLib' {
    namespace GLib {
        class Error extends globalThis.Error {
            constructor(domain: unknown, code: number, message: string);
            readonly code: number;
            matches(domain: unknown, code: number): boolean;
        }
        class Bytes {
            private bytes;
        }
        class Variant {
            private variant;
        }
        type DestroyNotify = () => void;
    }
    export default GLib;
}

declare module 'gi://GObject' {
    namespace GObject {
        class Object {
            private object;
        }
        class GType {
            private gtype;
        }
    }
    export default GObject;
}

declare module 'gi://Gio' {
    import GObject from 'gi://GObject';

    namespace Gio {
        class Application extends GObject.Object {}
        class Socket extends GObject.Object {}
        class SocketAddress extends GObject.Object {}
        class SubprocessLauncher extends GObject.Object {}
        type SubprocessFlags = number;
        class Cancellable extends GObject.Object {
            cancel(): void;
        }
        interface AsyncResult {
            is_tagged(): boolean;
        }
        type AsyncReadyCallback = (source: GObject.Object | null, result: AsyncResult) => void;
        interface ListModel {
            get_n_items(): number;
        }
        enum IOErrorEnum {
            CANCELLED = 19,
        }
    }
    export default Gio;
}
