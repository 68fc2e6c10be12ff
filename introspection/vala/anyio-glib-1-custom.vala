// SPDX-License-Identifier: LGPL-2.1-or-later

// What the vapi says by hand: functions that take a lambda, without the bool that C returns, with a name that may be left out; and the forms of cancel scopes that take the
// body, because a scope's exit has to see the error that leaves it. The C side of each is in anyio-vala.h; make-metadata.py hides the functions that these stand for.

[CCode (cheader_filename = "anyio-vala.h")]
namespace Anyio {
    [CCode (has_typedef = false, cname = "AnyioValaFunc", instance_pos = 0.9)]
    public delegate void Func () throws GLib.Error;
    [CCode (has_typedef = false, cname = "AnyioValaGroupFunc", instance_pos = 1.9)]
    public delegate void GroupFunc (Anyio.TaskGroup group) throws GLib.Error;

    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_run")]
    public static void run (Anyio.Func func, string name = "main", Anyio.RunOptions? options = null) throws GLib.Error;
    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_start")]
    public static unowned Anyio.Task? start (owned Anyio.Func func, string name = "task");
    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_with_timeout")]
    public static void with_timeout (double seconds, Anyio.Func body) throws GLib.Error;
    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_with_deadline")]
    public static void with_deadline (double deadline, Anyio.Func body) throws GLib.Error;
    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_move_on_after")]
    public static bool move_on_after (double seconds, Anyio.Func body) throws GLib.Error;
    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_move_on_at")]
    public static bool move_on_at (double deadline, Anyio.Func body) throws GLib.Error;
    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_with_task_group")]
    public static void with_task_group (Anyio.GroupFunc body) throws GLib.Error;
    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_call_async", finish_name = "anyio_vala_call_finish")]
    public static async void call_async (owned Anyio.Func func, string name = "task", GLib.Cancellable? cancellable = null) throws GLib.Error;

    [CCode (cheader_filename = "anyio.h", cname = "AnyioBackoff", has_type_id = false, has_copy_function = false, has_destroy_function = false)]
    public struct Backoff {
        public double delay;
        public double factor;
        public double max_delay;
        public double jitter;
        public uint max_attempts;
    }
    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_retry")]
    public static void retry (Anyio.Func func, Anyio.Backoff backoff) throws GLib.Error;

    public class TaskGroup : GLib.Object {
        [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_task_group_start_soon")]
        public void start_soon (owned Anyio.Func func, string name = "task");
        [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_task_group_try_start_soon")]
        public bool try_start_soon (owned Anyio.Func func, string name = "task");
        [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_task_group_create_task")]
        public Anyio.Task? create_task (owned Anyio.Func func, string name = "task");
        [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_task_group_start")]
        public GLib.Value start (owned Anyio.Func func, string name = "task") throws GLib.Error;
    }

    public class TaskSlot : GLib.Object {
        [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_task_slot_start")]
        public void start (owned Anyio.Func func, string name = "task");
    }

    public class Task : GLib.Object {
        [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_task_get_result")]
        public GLib.Value get_result () throws GLib.Error;
    }

    public class CancelScope : GLib.Object {
        [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_cancel_scope_run")]
        public bool run (Anyio.Func body) throws GLib.Error;
        [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_cancel_scope_defer")]
        public void defer (owned Anyio.Func func);
    }

    [Compact]
    [CCode (cheader_filename = "anyio-vala.h", cname = "AnyioCall", free_function = "anyio_vala_await_free", has_type_id = false)]
    public class Call {
        [CCode (cname = "anyio_vala_await_new")]
        public Call ();
        [CCode (cname = "anyio_call_begin")]
        public unowned GLib.Cancellable? begin ();
        [CCode (cname = "anyio_call_ready", instance_pos = -1)]
        public void ready (GLib.Object? source, GLib.AsyncResult result);
        [CCode (cname = "anyio_call_await")]
        public unowned GLib.AsyncResult await ();
    }
}
