//! A stop is over within five seconds, and no delivery is left undecided: also while a mail server says nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tokio_rustls::rustls::{ServerConnection, StreamOwned};

use super::SOON;
use super::notified::Daemon;
use crate::crash::server::Tls;
use crate::world::{LineEnds, World, embargod};

/// After what a server says nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frozen {
    Accepting,
    Ehlo,
    Dot,
    Never,
}

/// A mail server over TLS. It hands over the letters it read, answered or not, and says when it freezes.
struct Server {
    port: u16,
    frozen: Arc<Mutex<Frozen>>,
    froze: Receiver<()>,
    letters: Receiver<Vec<u8>>,
}

impl Server {
    fn start(tls: &Tls, frozen: Frozen) -> Self {
        let listener = TcpListener::bind("localhost:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let ((tell, froze), (hand, letters)) = (channel(), channel());
        let frozen = Arc::new(Mutex::new(frozen));
        let (config, state) = (tls.config(), Arc::clone(&frozen));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let (tell, hand, frozen) = (tell.clone(), hand.clone(), *state.lock().unwrap());
                std::thread::spawn(move || serve(stream, connection, frozen, &tell, &hand));
            }
        });
        Self { port, frozen, froze, letters }
    }
}

/// Says no more, and holds the line until the other side lets go of it.
fn freeze(tell: &Sender<()>, stream: &mut impl Read) {
    tell.send(()).ok();
    std::io::copy(stream, &mut std::io::sink()).ok();
}

fn serve(
    mut stream: TcpStream,
    connection: ServerConnection,
    frozen: Frozen,
    tell: &Sender<()>,
    hand: &Sender<Vec<u8>>,
) -> Option<()> {
    if frozen == Frozen::Accepting {
        freeze(tell, &mut stream);
        return None;
    }
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    let mut say = "220 slow.example.net";
    loop {
        stream.get_mut().write_all(format!("{say}\r\n").as_bytes()).ok()?;
        stream.get_mut().flush().ok()?;
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        say = "250 slow.example.net";
        if frozen == Frozen::Ehlo && line.starts_with("EHLO") {
            freeze(tell, &mut stream);
            return None;
        }
        if line.starts_with("DATA") {
            stream.get_mut().write_all(b"354 go on\r\n").ok()?;
            stream.get_mut().flush().ok()?;
            let mut letter = Vec::new();
            while !letter.ends_with(b"\r\n.\r\n") {
                stream.read_until(b'\n', &mut letter).ok().filter(|read| *read > 0)?;
            }
            hand.send(letter).ok();
            if frozen == Frozen::Dot {
                freeze(tell, &mut stream);
                return None;
            }
        }
    }
}

/// A desk with one report and this server to send by.
fn desk(tls: &Tls, server: &Server) -> World {
    let mut world = World::new(LineEnds::Lf);
    world.does(&["team", "remove", "bob@example.org"]);
    let settings = std::fs::read_to_string(world.config()).unwrap();
    let (head, _) = settings.split_once("[files]").unwrap();
    let smtp = format!(
        "[smtp]\nhost = \"localhost\"\ntls = \"implicit\"\nport = {}\nca = \"{}\"\n",
        server.port,
        tls.ca().display()
    );
    std::fs::write(
        world.config(),
        head.replace("local = true", "local = false").replace("hooks_run = \"here\"\n", "") + &smtp,
    )
    .unwrap();
    world.post(
        b"Delivered-To: security@example.org\nFrom: Dana <dana@example.net>\nTo: security@example.org\n\
          Subject: overflow\nMessage-ID: <1@example.net>\n\nIt overflows.\n",
    );
    world
}

fn started(world: &World) -> Daemon {
    Daemon(embargod().arg("run").arg("--config").arg(world.config()).stderr(Stdio::null()).spawn().unwrap())
}

/// How the daemon ended and how long that took, from the word to stop on.
fn ends(mut daemon: Daemon, asked: Instant) -> (Option<i32>, Duration) {
    loop {
        if let Some(status) = daemon.0.try_wait().unwrap() {
            return (status.code(), asked.elapsed());
        }
        assert!(asked.elapsed() < SOON, "it does not end");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// Of the acknowledgement, which leaves first; the relay to the team waits behind it.
fn states(folder: &Path) -> Vec<String> {
    let database = rusqlite::Connection::open(folder.join("state.db")).unwrap();
    let mut rows = database
        .prepare("SELECT state FROM delivery WHERE letter IN (SELECT id FROM letter WHERE kind = 'acknowledgement')")
        .unwrap();
    rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_stop_while_a_mail_server_says_nothing_leaves_the_letter_queued_with_its_bytes() {
    let tls = Tls::new();
    for frozen in [Frozen::Accepting, Frozen::Ehlo, Frozen::Dot] {
        let server = Server::start(&tls, frozen);
        let world = desk(&tls, &server);
        let daemon = started(&world);
        server.froze.recv_timeout(SOON).expect("it freezes");
        assert_eq!(states(&world.dir), ["sending"], "{frozen:?}");
        let asked = Instant::now();
        daemon.asked(Signal::SIGTERM);
        let (code, took) = ends(daemon, asked);
        assert_eq!(code, Some(0), "{frozen:?}");
        assert!(took < Duration::from_secs(5), "{frozen:?}: {took:?}");
        assert_eq!(states(&world.dir), ["queued"], "{frozen:?}");

        *server.frozen.lock().unwrap() = Frozen::Never;
        let first = server.letters.try_recv().ok();
        world.does(&["run", "--once"]);
        assert_eq!(states(&world.dir), ["sent"], "{frozen:?}");
        let second = server.letters.recv_timeout(SOON).unwrap();
        assert_eq!(first.is_some(), frozen == Frozen::Dot);
        assert!(first.is_none_or(|first| first == second), "the same bytes");
    }
}

#[test]
fn asked_twice_it_stops_at_once() {
    let tls = Tls::new();
    let server = Server::start(&tls, Frozen::Dot);
    let world = desk(&tls, &server);
    let daemon = started(&world);
    server.froze.recv_timeout(SOON).expect("it freezes");
    let asked = Instant::now();
    daemon.asked(Signal::SIGTERM);
    daemon.asked(Signal::SIGINT);
    let (code, took) = ends(daemon, asked);
    assert_eq!(code, Some(1));
    assert!(took < Duration::from_millis(1500), "{took:?}");
    *server.frozen.lock().unwrap() = Frozen::Never;
    world.does(&["run", "--once"]);
    assert_eq!(states(&world.dir), ["sent"], "the next run puts it in order");
    let [first, second] = [0, 1].map(|_| server.letters.recv_timeout(SOON).unwrap());
    assert_eq!(first, second);
}
