#!/usr/bin/env python3
"""The shipped recipes for proxies (collector/proxy), each in the real program in front of a real collector: TLS ends at the proxy, the client's
address comes from it, and what is larger than a proxy's own limit arrives."""
import http.client, urllib.parse
from harness import *

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RECIPES = ROOT + "/collector/dist/proxy/"
HOST = "reports.example.org"
# Where the client connects from: no proxy of the configuration.
CLIENT = "127.0.0.5"


def recipe(s, name, port, backend, **more):
    """A recipe with the test's ports and files, each of which has to be there."""
    with open(RECIPES + name) as f:
        text = f.read()
    for old, new in {"127.0.0.1:8080": f"127.0.0.1:{backend}", "443": str(port), **more}.items():
        assert old in text, (name, old)
        text = text.replace(old, new)
    for old, new in (("/etc/ssl/reports/fullchain.pem", s.path("server.pem")), ("/etc/ssl/reports/privkey.pem", s.path("server.key")), ("/etc/ssl/reports/both.pem", s.path("both.pem"))):
        text = text.replace(old, new)
    assert "/etc/ssl" not in text
    return text


def write(path, text):
    with open(path, "w") as f:
        f.write(text)
    return path


def nginx(s, port, backend):
    folder = s.path("nginx")
    os.mkdir(folder)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    text = f"daemon off;\nuser nobody nogroup;\npid {folder}/pid;\nerror_log {folder}/log;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{recipe(s, 'nginx.conf', port, backend)}}}\n"
    return ["nginx", "-p", folder, "-e", folder + "/log", "-c", write(s.path("nginx.conf"), text)]


def haproxy(s, port, backend):
    with open(s.path("server.pem")) as a, open(s.path("server.key")) as b:
        write(s.path("both.pem"), a.read() + b.read())
    return ["haproxy", "-db", "-f", write(s.path("haproxy.cfg"), recipe(s, "haproxy.cfg", port, backend))]


def apache2(s, port, backend):
    folder = s.path("apache")
    os.mkdir(folder)
    modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in ("mpm_event", "authz_core", "alias", "headers", "proxy", "proxy_http", "socache_shmcb", "ssl"))
    text = (f"{modules}ServerRoot {folder}\nPidFile {folder}/pid\nErrorLog {folder}/log\nDefaultRuntimeDir {folder}\nServerName localhost\nUser nobody\nGroup nogroup\nListen {port}\n"
            + recipe(s, "apache.conf", port, backend))
    return ["apache2", "-D", "FOREGROUND", "-f", write(s.path("apache.conf"), text)]


def caddy(s, port, backend):
    text = f"{{\n\tadmin off\n\tauto_https off\n\tstorage file_system {s.path('caddy')}\n}}\n" + recipe(s, "Caddyfile", port, backend)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", write(s.path("Caddyfile"), text)]


class Client:
    def __init__(self, s, port):
        self.s, self.port = s, port
        self.connection = None

    def connect(self):
        context = ssl.create_default_context(cafile=self.s.path("server.pem"))
        raw = socket.create_connection(("127.0.0.1", self.port), 30, (CLIENT, 0))
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        connection.sock = context.wrap_socket(raw, server_hostname=HOST)
        return connection

    def ask(self, connection, method="POST", path="/tlsrpt", body=None, **headers):
        connection.request(method, path, body, {key.replace("_", "-"): value for key, value in headers.items()}, encode_chunked=headers.get("Transfer_Encoding") == "chunked")
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def once(self, *arguments, **more):
        with contextlib.closing(self.connect()) as connection:
            return self.ask(connection, *arguments, **more)


def in_readme(backend):
    """The configuration that collector/http/README.md shows."""
    with open(ROOT + "/collector/http/README.md") as f:
        block, = [block for block in re.findall(r"^```\w*\n(.*?)^```$", f.read(), re.M | re.S) if "listen_plain" in block]
    assert "127.0.0.1:8080" in block
    return block.replace("127.0.0.1:8080", f"127.0.0.1:{backend}")


def large(size, id):
    text = json.dumps(report(id=id))
    return (text[:-1] + " " * (size - len(text)) + "}").encode()


def stored(s):
    return s.sql("SELECT count(*) FROM report")


@contextlib.contextmanager
def behind(command):
    """A collector behind the proxy that command starts."""
    name = command.__name__
    need(name)
    if os.getuid() != 0:
        raise Skip("the proxies are started as root")
    with setup() as s:
        s.certificate("server", names=f"DNS:{HOST}")
        backend, port = free_port(), free_port()
        write(s.path("tlsrpt.conf"), f"store = {s.path('store/tlsrpt.db')}\nlog_level = debug\ndomains = example.org\n" + in_readme(backend))
        s.own()
        s.start("collector")
        with open(s.path(name + ".log"), "ab") as log:
            process = s.programs[name] = subprocess.Popen(command(s, port, backend), stdout=log, stderr=log, env={**os.environ, "HOME": s.folder})
        until = time.time() + 30
        while Ports.is_free(port):
            assert process.poll() is None and time.time() < until, s.log(name)
            time.sleep(0.1)
        # Its workers end with it only when it is told to end.
        try:
            yield s, Client(s, port)
        finally:
            s.programs.pop(name).terminate()
            process.wait(30)
        s.stop("collector")


def check(command):
    with behind(command) as (s, client):
        # The address is the client's, whatever he says himself.
        assert client.once(body=packed(report(id="r1")), Content_Type="application/tlsrpt+gzip") == 201
        assert client.once(body=packed(report(id="r2")), X_Forwarded_For="203.0.113.9") == 201
        assert client.once(body=packed(report(id="r3")), X_Forwarded_For="203.0.113.9, 127.0.0.1", Forwarded="for=203.0.113.9") == 201
        log = s.log("collector")
        assert log.count(f" {CLIENT} \"") == 3 and "203.0.113.9" not in log, log
        # Several requests of one connection.
        with contextlib.closing(client.connect()) as connection:
            for i in range(4, 8):
                assert client.ask(connection, body=packed(report(id=f"r{i}"))) == 201
        # A report that the default limit of a proxy refuses, and one without a length.
        assert client.once(body=large(3 * 1024 * 1024, "r8"), Content_Type="application/tlsrpt+json") == 201
        assert client.once(body=large(8 * 1024 * 1024 - 1, "r9"), Content_Type="application/tlsrpt+json") == 201
        assert stored(s) == 9
        assert client.once(body=iter([packed(report(id="r10"))]), Transfer_Encoding="chunked") == 201
        # Over the limit of both, for another host, another path, another method.
        try:
            assert client.once(body=large(9 * 1024 * 1024, "r11")) == 413
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            # It is answered and closed before all of it is sent.
            pass
        assert client.once(body=packed(report(id="r12")), Host="other.example") == 421
        assert client.once(body=packed(report(id="r13")), path="/") == 404
        assert client.once(body=packed(report(id="r14")), path="/tlsrpt/more") == 404
        assert client.once("GET") == 405
        assert stored(s) == 10
        s.stop("collector")
        assert client.once(body=packed(report(id="r15"))) in (502, 503)
        s.start("collector")
        until = time.time() + 90
        while client.once(body=packed(report(id="r15"))) != 201:
            assert time.time() < until
            time.sleep(1)


def test_nginx():
    check(nginx)


def test_haproxy():
    check(haproxy)


def test_apache():
    check(apache2)


def test_caddy():
    check(caddy)


def test_nginx_without_its_line_refuses_what_the_collector_takes():
    """The recipe's limit is what lets a large report in: the test above can fail."""
    def nginx_as_it_is(s, port, backend):
        command = nginx(s, port, backend)
        with open(s.path("nginx.conf")) as f:
            text = f.read()
        write(s.path("nginx.conf"), text.replace("client_max_body_size 8m;", ""))
        return command
    nginx_as_it_is.__name__ = "nginx"
    with behind(nginx_as_it_is) as (s, client):
        try:
            assert client.once(body=large(3 * 1024 * 1024, "r1")) == 413
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass
        assert stored(s) == 0


def test_the_exporters_first_page_works_below_a_path():
    """Every link of it leads somewhere when a proxy has it below a path of its own."""
    need("nginx")
    with setup() as s:
        s.start("exporter")
        port = free_port()
        text = (f"daemon off;\nuser nobody nogroup;\npid {s.path('pid')};\nerror_log {s.path('nginx.log')};\nevents {{}}\nhttp {{\naccess_log off;\nserver {{\nlisten 127.0.0.1:{port};\n"
                f"location /below/ {{ proxy_pass http://127.0.0.1:{s.metrics}/; }}\nlocation / {{ return 404; }}\n}}\n}}\n")
        s.programs["nginx"] = process = subprocess.Popen(["nginx", "-p", s.folder, "-e", s.path("nginx.log"), "-c", write(s.path("nginx.conf"), text)])
        until = time.time() + 30
        while Ports.is_free(port):
            assert process.poll() is None and time.time() < until
            time.sleep(0.1)
        page = f"http://127.0.0.1:{port}/below/"
        # Its workers end with it only when it is told to end.
        try:
            with urllib.request.urlopen(page, timeout=20) as answer:
                links = re.findall(r'href="([^"]*)"', answer.read().decode())
            assert links
            for link in links:
                with urllib.request.urlopen(urllib.parse.urljoin(page, link), timeout=20) as answer:
                    assert answer.status == 200, link
        finally:
            s.programs.pop("nginx").terminate()
            process.wait(30)
        s.stop("exporter")


if __name__ == "__main__":
    main()
