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
    public delegate bool RetryFunc (GLib.Error error, uint n_failures);
    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_retry")]
    public static void retry (Anyio.Func func, Anyio.Backoff backoff, Anyio.RetryFunc? decide = null) throws GLib.Error;

    [CCode (cheader_filename = "anyio.h", cname = "AnyioRestart", cprefix = "ANYIO_RESTART_", has_type_id = false)]
    public enum Restart {
        ON_FAILURE,
        ALWAYS
    }
    [CCode (has_typedef = false, cname = "AnyioValaFailureFunc")]
    public delegate void FailureFunc (GLib.Error error, uint n_failures);
    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_supervise")]
    public static void supervise (Anyio.Func func, Anyio.Backoff backoff, Anyio.Restart restart = Anyio.Restart.ON_FAILURE, double stable_after = 0,
                                  Anyio.FailureFunc? failed = null) throws GLib.Error;

    // Functions that run at once: an array of lambdas is not possible. It can be run again and again.
    [Compact]
    [CCode (cheader_filename = "anyio-vala.h", cname = "AnyioValaParts", free_function = "anyio_vala_parts_free", has_type_id = false)]
    public class Parts {
        [CCode (cname = "anyio_vala_parts_new")]
        public Parts ();
        [CCode (cname = "anyio_vala_parts_add")]
        public void add (owned Anyio.Func func, string name = "part");
        [CCode (cname = "anyio_vala_parts_gather")]
        public void gather () throws GLib.Error;
        [CCode (cname = "anyio_vala_parts_race")]
        public int race () throws GLib.Error;
        [CCode (cname = "anyio_vala_parts_first_success")]
        public int first_success (double stagger = 0) throws GLib.Error;
    }

    [CCode (has_typedef = false, cname = "AnyioValaMapFunc", instance_pos = 1.9)]
    public delegate void MapFunc<T> (T item) throws GLib.Error;
    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_map")]
    public static void map<T> (T[] items, Anyio.MapFunc<T> func, uint limit = uint.MAX, string name = "map") throws GLib.Error;

    // Values are not null. Strings are compared by what they say, other keys by identity.
    [CCode (has_typedef = false, cname = "AnyioValaCacheFunc", instance_pos = 1.9)]
    public delegate V CacheFunc<K,V> (K key) throws GLib.Error;
    [CCode (cheader_filename = "anyio-vala.h", type_id = "anyio_cache_get_type ()")]
    public class Cache<K,V> : GLib.Object {
        [CCode (cname = "anyio_vala_cache_new", has_construct_function = false)]
        public Cache (owned Anyio.CacheFunc<K,V> load);
        public V get (K key) throws GLib.Error;
        public V? peek (K key);
        public bool remove (K key);
        public void remove_all ();
        public uint max_size { get; set; }
        public double max_age { get; set; }
        public uint size { get; }
        public uint64 n_hits { get; }
        public uint64 n_misses { get; }
    }

    // Operations of which one is to happen. Each add function returns the index of its operation, wait () and try_now () that of what happened; take () gives the item
    // that was received. It can be used again and again; what was sent then counts as never ready.
    [Compact]
    [CCode (cheader_filename = "anyio-vala.h", cname = "AnyioValaSelect", free_function = "anyio_vala_select_free", has_type_id = false)]
    public class Select {
        [CCode (cname = "anyio_vala_select_new")]
        public Select ();
        [CCode (cname = "anyio_vala_select_add_sleep")]
        public int add_sleep (double seconds);
        [CCode (cname = "anyio_vala_select_add_sleep_until")]
        public int add_sleep_until (double deadline);
        [CCode (cname = "anyio_vala_select_add_stop_requested")]
        public int add_stop_requested ();
        [CCode (cname = "anyio_vala_select_add_task")]
        public int add_task (Anyio.Task task);
        [CCode (cname = "anyio_vala_select_add_event")]
        public int add_event (Anyio.Event event);
        [CCode (cname = "anyio_vala_select_add_future")]
        public int add_future (Anyio.Future future);
        [CCode (cname = "anyio_vala_select_add_lock")]
        public int add_lock (Anyio.Lock lock);
        [CCode (cname = "anyio_vala_select_add_semaphore")]
        public int add_semaphore (Anyio.Semaphore semaphore);
        [CCode (cname = "anyio_vala_select_add_capacity_limiter")]
        public int add_capacity_limiter (Anyio.CapacityLimiter limiter);
        [CCode (cname = "anyio_vala_select_add_readable")]
        public int add_readable (int fd);
        [CCode (cname = "anyio_vala_select_add_writable")]
        public int add_writable (int fd);
        [CCode (cname = "anyio_vala_select_add_receive")]
        public int add_receive<T> (Anyio.MemoryObjectReceiveStream<T> stream);
        [CCode (cname = "anyio_vala_select_add_send")]
        public int add_send<T> (Anyio.MemoryObjectSendStream<T> stream, owned T item);
        [CCode (cname = "anyio_vala_select_add_broadcast")]
        public int add_broadcast<T> (Anyio.BroadcastStream<T> stream, owned T item);
        [CCode (cname = "anyio_vala_select_wait")]
        public int wait () throws GLib.Error;
        [CCode (cname = "anyio_vala_select_try_now")]
        public int try_now () throws GLib.Error;
        [CCode (cname = "anyio_vala_select_get_failed")]
        public int get_failed ();
        [CCode (cname = "anyio_vala_select_take")]
        public T take<T> ();
    }

    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_to_thread")]
    public static void to_thread (Anyio.Func func, string name = "to_thread", Anyio.CapacityLimiter? limiter = null) throws GLib.Error;
    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_to_thread_abandon_on_cancel")]
    public static void to_thread_abandon_on_cancel (owned Anyio.Func func, string name = "to_thread", Anyio.CapacityLimiter? limiter = null) throws GLib.Error;
    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_from_thread_call")]
    public static void from_thread_call (Anyio.Func func, string name = "call") throws GLib.Error;
    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_from_thread_run")]
    public static void from_thread_run (Anyio.Func func, string name = "task") throws GLib.Error;

    public class Portal : GLib.Object {
        [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_portal_call")]
        public void call (Anyio.Func func, string name = "call") throws GLib.Error;
        [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_portal_run")]
        public void run (Anyio.Func func, string name = "task") throws GLib.Error;
        [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_portal_start_task_soon")]
        public Anyio.PortalFuture start_task_soon (owned Anyio.Func func, string name = "task") throws GLib.Error;
        [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_portal_start_task")]
        public Anyio.PortalFuture start_task (owned Anyio.Func func, out GLib.Value value, string name = "task") throws GLib.Error;
    }

    public class PortalFuture : GLib.Object {
        [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_portal_future_wait")]
        public GLib.Value wait () throws GLib.Error;
    }

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

    public class SignalReceiver : GLib.Object {
        // For `foreach`, which receives without end.
        [CCode (cheader_filename = "anyio-vala-signals.h", cname = "anyio_vala_signal_iterator_new")]
        public Anyio.SignalIterator iterator ();
    }

    [Compact]
    [CCode (cheader_filename = "anyio-vala-signals.h", cname = "AnyioValaSignalIterator", free_function = "anyio_vala_signal_iterator_free", has_type_id = false)]
    public class SignalIterator {
        [CCode (cname = "anyio_vala_signal_iterator_next")]
        public bool next () throws GLib.Error;
        [CCode (cname = "anyio_vala_signal_iterator_get")]
        public int get ();
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

    [CCode (has_typedef = false, cname = "AnyioValaConnectionFunc", instance_pos = 1.9)]
    public delegate void ConnectionFunc (Anyio.ByteStream stream) throws GLib.Error;
    public class SocketListener : GLib.Object {
        [CCode (cheader_filename = "anyio-vala-sockets.h", cname = "anyio_vala_socket_listener_serve")]
        public void serve (Anyio.ConnectionFunc handler) throws GLib.Error;
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

    // Streams have the type of their items. An item that was not sent is freed, so an owned one may be given.
    [CCode (cheader_filename = "anyio-vala.h", cname = "anyio_vala_create_memory_object_stream")]
    public static void create_memory_object_stream<T> (size_t max_buffer_size, out Anyio.MemoryObjectSendStream<T> send, out Anyio.MemoryObjectReceiveStream<T> receive);
    [CCode (cname = "ANYIO_UNBOUNDED")]
    public const size_t UNBOUNDED;

    [CCode (cheader_filename = "anyio-vala.h", type_id = "anyio_memory_object_send_stream_get_type ()")]
    public class MemoryObjectSendStream<T> : GLib.Object {
        [CCode (has_construct_function = false)]
        protected MemoryObjectSendStream ();
        [CCode (cname = "anyio_vala_send")]
        public void send (owned T item) throws GLib.Error;
        [CCode (cname = "anyio_vala_send_nowait")]
        public void send_nowait (owned T item) throws GLib.Error;
        public Anyio.MemoryObjectSendStream<T> clone () throws GLib.Error;
        public void close ();
        public uint64 max_buffer_size { get; }
        public uint64 current_buffer_used { get; }
        public uint open_send_streams { get; }
        public uint open_receive_streams { get; }
        public uint tasks_waiting_send { get; }
        public uint tasks_waiting_receive { get; }
        public GLib.Type item_type { get; }
        [NoAccessorMethod]
        public bool closed { get; }
    }

    [CCode (cheader_filename = "anyio-vala.h", type_id = "anyio_memory_object_receive_stream_get_type ()")]
    public class MemoryObjectReceiveStream<T> : GLib.Object {
        [CCode (has_construct_function = false)]
        protected MemoryObjectReceiveStream ();
        [CCode (cname = "anyio_vala_receive")]
        public T receive () throws GLib.Error;
        [CCode (cname = "anyio_vala_receive_nowait")]
        public T receive_nowait () throws GLib.Error;
        public Anyio.MemoryObjectReceiveStream<T> clone () throws GLib.Error;
        public void close ();
        // For `foreach`, which receives up to the end of the stream.
        [CCode (cname = "anyio_vala_receive_iterator_new")]
        public Anyio.ReceiveIterator<T> iterator ();
        public uint64 max_buffer_size { get; }
        public uint64 current_buffer_used { get; }
        public uint open_send_streams { get; }
        public uint open_receive_streams { get; }
        public uint tasks_waiting_send { get; }
        public uint tasks_waiting_receive { get; }
        public uint64 items_lost { get; }
        public GLib.Type item_type { get; }
        [NoAccessorMethod]
        public bool closed { get; }
    }

    [Compact]
    [CCode (cheader_filename = "anyio-vala.h", cname = "AnyioValaReceiveIterator", free_function = "anyio_vala_receive_iterator_free", has_type_id = false)]
    public class ReceiveIterator<T> {
        [CCode (cname = "anyio_vala_receive_iterator_next")]
        public bool next () throws GLib.Error;
        [CCode (cname = "anyio_vala_receive_iterator_get")]
        public T get ();
    }

    [CCode (cheader_filename = "anyio-vala.h", type_id = "anyio_broadcast_stream_get_type ()")]
    public class BroadcastStream<T> : GLib.Object {
        [CCode (cname = "anyio_vala_broadcast_stream_new", has_construct_function = false)]
        public BroadcastStream ();
        [CCode (cname = "anyio_vala_broadcast")]
        public void send (owned T item) throws GLib.Error;
        [CCode (cname = "anyio_vala_broadcast_nowait")]
        public void send_nowait (owned T item) throws GLib.Error;
        public Anyio.MemoryObjectReceiveStream<T> subscribe (size_t max_buffer_size, Anyio.OverflowPolicy policy) throws GLib.Error;
        public void close ();
        public uint open_receive_streams { get; }
        public uint tasks_waiting_send { get; }
        public GLib.Type item_type { get; }
        [NoAccessorMethod]
        public bool closed { get; }
    }
}
