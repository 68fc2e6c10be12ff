// SPDX-License-Identifier: LGPL-2.1-or-later

// Streams of bytes and sockets from Vala, in fibers and in async methods.

[CCode (cname = "anyio_virtual_clock_new", cheader_filename = "anyio-testing.h")]
extern Anyio.Clock virtual_clock_new ();

void run (Anyio.Func func) {
    var options = new Anyio.RunOptions ();

    options.set_clock (virtual_clock_new ());
    try {
        Anyio.run (func, "test", options);
    } catch (Error error) {
        Test.message ("%s", error.message);
        Test.fail ();
    }
}

void echo (Anyio.ByteStream stream) throws Error {
    uint8 buffer[64];
    ssize_t n;

    while ((n = stream.receive (buffer)) > 0)
        stream.send (buffer[0:n]);
}

string text_of (Bytes bytes) {
    var text = new StringBuilder ();

    text.append_len ((string) bytes.get_data (), (ssize_t) bytes.get_size ());

    return text.str;
}

void test_pair () {
    run (() => {
        Anyio.ByteStream one, other;
        var group = Anyio.TaskGroup.open ();
        string heard = "";

        Anyio.SocketStream.new_pair (out one, out other);
        group.start_soon (() => {
            heard = text_of (other.receive_bytes (99));
            other.send ("back".data);
        });
        Anyio.sleep (1);
        assert (heard == "");
        one.send ("hello".data);
        group.join ();
        assert (heard == "hello");
        assert (text_of (one.receive_bytes (2)) == "ba");
        assert (text_of (((Anyio.SocketStream) one).receive_nowait (9)) == "ck");
        one.send_eof ();
        assert (other.receive_bytes (9).get_size () == 0);
        one.close ();
        try {
            one.receive_bytes (9);
            assert_not_reached ();
        } catch (IOError.CLOSED error) {
        }
        try {
            other.send ("x".data);
            assert_not_reached ();
        } catch (IOError.BROKEN_PIPE error) {
        }
        other.close_forcefully ();
        assert (((Anyio.SocketStream) other).closed);
    });
}

void test_server () {
    int n_served = 0;
    bool is_over = false;

    run (() => {
        var listener = Anyio.create_tcp_listener ("127.0.0.1");
        var group = Anyio.TaskGroup.open ();

        group.start_soon (() => {
            listener.serve ((stream) => {
                echo (stream);
                n_served++;
            });
            is_over = true;
        });
        for (int i = 0; i < 3; i++) {
            var stream = Anyio.connect_tcp ("127.0.0.1", listener.get_local_port ());

            stream.send (@"hello $i".data);
            assert (text_of (stream.receive_bytes (99)) == @"hello $i");
            stream.close ();
        }
        group.cancel_scope.request_stop (double.INFINITY, null);
        group.join ();
    });
    assert (n_served == 3);
    assert (is_over);
}

void test_failure () {
    string told = "";

    run (() => {
        var listener = Anyio.create_tcp_listener ("127.0.0.1");
        var group = Anyio.TaskGroup.open ();

        listener.connection_failed.connect ((stream, error) => {
            told = error.message;
            assert (((Anyio.SocketStream) stream).closed);
        });
        group.start_soon (() => listener.serve ((stream) => {
            throw new IOError.FAILED ("no manners");
        }));
        var stream = Anyio.connect_tcp_from (new InetSocketAddress.from_string ("127.0.0.1", 0), "localhost", listener.get_local_port ());

        assert (stream.receive_bytes (9).get_size () == 0);
        group.cancel_scope.request_stop (double.INFINITY, null);
        group.join ();
    });
    assert (told == "no manners");
}

void test_unix () {
    run (() => {
        var folder = DirUtils.make_tmp ("anyio-XXXXXX");
        var path = Path.build_filename (folder, "socket");
        var listener = new Anyio.SocketListener.unix (path, 0600);
        var client = Anyio.connect_unix (path);
        var server = listener.accept ();

        client.send ("hello".data);
        assert (text_of (server.receive_bytes (99)) == "hello");
        listener.close ();
        assert (!FileUtils.test (path, FileTest.EXISTS));
        DirUtils.remove (folder);
        try {
            listener.accept ();
            assert_not_reached ();
        } catch (IOError.CLOSED error) {
        }
    });
}

async void talk () throws Error {
    var listener = yield Anyio.create_tcp_listener_async ("127.0.0.1");
    var client = yield Anyio.connect_tcp_async ("127.0.0.1", listener.get_local_port ());
    var server = yield listener.accept_async ();

    yield client.send_async (new Bytes ("hello".data));
    assert (text_of (yield server.receive_async (99)) == "hello");
    yield client.send_eof_async ();
    assert ((yield server.receive_async (99)).get_size () == 0);
    yield client.close_async ();
    yield server.close_async ();
    yield listener.close_async ();
}

void test_async () {
    var loop = new MainLoop ();
    bool is_done = false;

    talk.begin ((source, result) => {
        try {
            talk.end (result);
            is_done = true;
        } catch (Error error) {
            Test.message ("%s", error.message);
        }
        loop.quit ();
    });
    loop.run ();
    assert (is_done);
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala-sockets/pair", test_pair);
    Test.add_func ("/vala-sockets/server", test_server);
    Test.add_func ("/vala-sockets/failure", test_failure);
    Test.add_func ("/vala-sockets/unix", test_unix);
    Test.add_func ("/vala-sockets/async", test_async);

    return Test.run ();
}
