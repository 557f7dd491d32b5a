//! What OpenPGP costs: a letter of 200 KB sealed to 70 recipients, each for itself, as a share of what the bare library
//! does, on one core and on two; signing and opening. Ratios count, times are of this machine.
//!
//! `cargo bench --bench crypto`. EMBARGOD_BENCH_ROUNDS says how often each is measured; the best round is shown, the bare
//! library and we by turns, so that a busy machine slows both.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use embargod::openpgp::{Certificate, DecryptionKey, Keyring, NotOpened, SigningKey, generate, verify_detached};
use jiff::Timestamp;
use sequoia_openpgp::Cert;
use sequoia_openpgp::armor;
use sequoia_openpgp::cert::{CertBuilder, CipherSuite};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::serialize::stream::{Compressor, Encryptor, LiteralWriter, Message, Recipient};
use sequoia_openpgp::types::{CompressionAlgorithm, Features};

const RECIPIENTS: usize = 70;
const LETTER_BYTES: usize = 200_000;

fn main() {
    let rounds = std::env::var("EMBARGOD_BENCH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let at: Timestamp = "2026-11-23T09:30:00Z".parse().unwrap();
    let letter: Vec<u8> =
        b"the heap overflows in grant_map() when\r\n".iter().copied().cycle().take(LETTER_BYTES).collect();
    bomb(at);
    println!("200 KB sealed separately to {RECIPIENTS} recipients");
    println!("{:>22}  {:>5}  {:>10}  {:>10}  {:>8}  {:>8}", "keys", "cores", "library", "ours", "share", "read");
    for (name, suite) in [("Curve25519", CipherSuite::Cv25519), ("RSA 4096", CipherSuite::RSA4k)] {
        let keys = recipients(suite);
        for cores in [1, 2] {
            seal(name, cores, &keys, &letter, at, rounds);
        }
    }
    println!("\n{:>22}  {:>12}  {:>12}  {:>12}", "keys", "sign 200 KB", "verify", "open 200 KB");
    for (name, suite) in [("Curve25519", CipherSuite::Cv25519), ("RSA 4096", CipherSuite::RSA4k)] {
        sign_and_open(name, suite, &letter, at, rounds);
    }
}

/// A few hundred bytes that would unpack to a gibibyte: how long they are read, and the most memory the process had.
fn bomb(at: Timestamp) {
    let (mut bytes, zeros) = (Vec::new(), vec![0; 1 << 20]);
    let mut message = Message::new(&mut bytes);
    for _ in 0..3 {
        message = Compressor::new(message).algo(CompressionAlgorithm::Zip).build().unwrap();
    }
    let mut message = LiteralWriter::new(message).build().unwrap();
    for _ in 0..1024 {
        message.write_all(&zeros).unwrap();
    }
    message.finalize().unwrap();
    let started = Instant::now();
    assert_eq!(Keyring::default().open(&bytes, &[], at), Err(NotOpened::TooLarge));
    let took = started.elapsed().as_millis();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim();
    println!("{} bytes that unpack to 1 GiB: refused after {took} ms; at most {peak} resident\n", bytes.len());
}

/// Seventy certificates as the database keeps them; a few different keys are enough where making one takes seconds.
fn recipients(suite: CipherSuite) -> Vec<Vec<u8>> {
    let different = if suite == CipherSuite::Cv25519 { RECIPIENTS } else { 4 };
    let made: Vec<Vec<u8>> = (0..different).map(|_| key(suite).to_vec().unwrap()).collect();
    made.iter().cloned().cycle().take(RECIPIENTS).collect()
}

fn key(suite: CipherSuite) -> Cert {
    let created = std::time::UNIX_EPOCH + Duration::from_secs(1_577_836_800);
    let builder = CertBuilder::general_purpose(Some("member@example.org")).set_cipher_suite(suite);
    builder.set_creation_time(created).set_validity_period(None).generate().unwrap().0
}

/// The best of `rounds` on so many threads: the bare library; our code with certificates at hand; and with certificates
/// read from bytes for each, as after a start.
fn seal(name: &str, cores: usize, keys: &[Vec<u8>], letter: &[u8], at: Timestamp, rounds: usize) {
    let certs: Vec<Cert> = keys.iter().map(|key| Cert::from_bytes(key).unwrap()).collect();
    let certificates: Vec<Certificate> = keys.iter().map(|key| Certificate::read(key).unwrap()).collect();
    let mut best = [Duration::MAX; 3];
    for _ in 0..rounds {
        let times = [
            on_threads(cores, |index| drop(bare(&certs[index], letter, at))),
            on_threads(cores, |index| drop(certificates[index].seal(letter, at).unwrap())),
            on_threads(cores, |index| drop(Certificate::read(&keys[index]).unwrap().seal(letter, at).unwrap())),
        ];
        for (best, time) in best.iter_mut().zip(times) {
            *best = time.min(*best);
        }
    }
    let rate = |time: Duration| RECIPIENTS as f64 / time.as_secs_f64();
    println!(
        "{name:>22}  {cores:>5}  {:>8.0}/s  {:>8.0}/s  {:>6.0} %  {:>6.0} %",
        rate(best[0]),
        rate(best[1]),
        100.0 * rate(best[1]) / rate(best[0]),
        100.0 * rate(best[2]) / rate(best[0]),
    );
}

fn on_threads(threads: usize, work: impl Fn(usize) + Sync) -> Duration {
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(index) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < RECIPIENTS) {
                    work(index);
                }
            });
        }
    });
    started.elapsed()
}

/// The least that the library asks for an armoured message that gpg 2.2 reads.
fn bare(cert: &Cert, letter: &[u8], at: Timestamp) -> Vec<u8> {
    let policy = StandardPolicy::new();
    let keys = cert
        .keys()
        .with_policy(&policy, std::time::SystemTime::from(at))
        .alive()
        .revoked(false)
        .for_transport_encryption();
    let features = Features::empty().set_seipdv1();
    let recipients = keys.map(|key| Recipient::new(features.clone(), key.key().key_handle(), key.key()));
    let mut writer = armor::Writer::new(Vec::with_capacity(letter.len() * 3 / 2), armor::Kind::Message).unwrap();
    let message = Encryptor::for_recipients(Message::new(&mut writer), recipients).build().unwrap();
    let mut message = LiteralWriter::new(message).build().unwrap();
    message.write_all(letter).unwrap();
    message.finalize().unwrap();
    writer.finalize().unwrap()
}

fn sign_and_open(name: &str, suite: CipherSuite, letter: &[u8], at: Timestamp, rounds: usize) {
    let secret = if suite == CipherSuite::Cv25519 {
        generate("security@example.org", "2020-01-01T00:00:00Z".parse().unwrap()).unwrap().secret.into_bytes()
    } else {
        key(suite).as_tsk().to_vec().unwrap()
    };
    let signing = SigningKey::read(&secret, None, at).unwrap();
    let opening = DecryptionKey::read(&secret, None).unwrap();
    let certificates = [opening.certificate().clone()];
    let sealed = opening.certificate().seal(letter, at).unwrap();
    let keyring = Keyring(vec![opening]);
    let signature = signing.sign(letter, at).unwrap().armored;
    let rate = |work: &dyn Fn()| {
        let best = (0..rounds.max(1) * 5).map(|_| {
            let started = Instant::now();
            work();
            started.elapsed()
        });
        1.0 / best.min().unwrap().as_secs_f64()
    };
    let sign = rate(&|| drop(signing.sign(letter, at).unwrap()));
    let verify = rate(&|| drop(verify_detached(letter, signature.as_bytes(), &certificates, at)));
    let open = rate(&|| drop(keyring.open(sealed.as_bytes(), &certificates, at).unwrap()));
    println!("{name:>22}  {sign:>10.0}/s  {verify:>10.0}/s  {open:>10.0}/s");
}
