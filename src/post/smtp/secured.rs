//! The stream under an SMTP client: always TLS, by the same certificates as IMAP, and without Nagle's delay.
//! lettre speaks over it as if the server had just greeted; it never sees a connection in clear.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Polling, Poll};

use anyhow::{Context, Result, bail, ensure};
use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;

use crate::post::patience::{Patience, within};
use crate::post::tls;

/// RFC 5321 section 4.5.3.1.5 has 512 per line; an EHLO answer has a dozen lines.
const REPLY_BYTES_MAX: usize = 16 * 1024;
/// What lettre waits for first. After STARTTLS no second greeting comes (RFC 3207 section 4.2), so it is given one.
const GREETING_AFTER_STARTTLS: &[u8] = b"220 TLS\r\n";

/// An encrypted connection to an SMTP server.
#[derive(Debug)]
pub struct Secured {
    /// Read before what the server sends.
    greeting: &'static [u8],
    stream: TlsStream<TcpStream>,
}

impl Secured {
    pub async fn connect(
        host: &str,
        port: u16,
        mode: tls::TlsMode,
        config: Arc<ClientConfig>,
        hello: &str,
        patience: &Patience,
    ) -> Result<Self> {
        let mut stream = tls::dial(host, port, patience).await?;
        let greeting: &'static [u8] = match mode {
            tls::TlsMode::Implicit => b"",
            tls::TlsMode::StartTls => {
                within("asking for TLS", patience.answer, ask_for_tls(&mut stream, hello)).await??;
                GREETING_AFTER_STARTTLS
            }
        };
        Ok(Self { greeting, stream: tls::secure(stream, host, config, patience).await? })
    }
}

/// The part in clear of RFC 3207. lettre's own keeps what somebody put behind the 220 in clear and reads it as the
/// first answer under TLS, which moves every later answer by one; read byte by byte, it spoils the handshake.
async fn ask_for_tls(stream: &mut TcpStream, hello: &str) -> Result<()> {
    let greeting = reply(stream).await?;
    ensure!(greeting.starts_with("220"), "the server turns us away: {}", greeting.trim());
    stream.write_all(format!("EHLO {hello}\r\n").as_bytes()).await.context("Saying EHLO")?;
    let offers = reply(stream).await?;
    ensure!(offers.starts_with("250"), "the server refuses EHLO: {}", offers.trim());
    let starttls = |line: &str| line.get(4..).is_some_and(|word| word.trim().eq_ignore_ascii_case("STARTTLS"));
    ensure!(offers.lines().any(starttls), "the server offers no STARTTLS, and we do not send in clear");
    stream.write_all(b"STARTTLS\r\n").await.context("Saying STARTTLS")?;
    let ready = reply(stream).await?;
    ensure!(ready.starts_with("220"), "the server refuses STARTTLS: {}", ready.trim());
    Ok(())
}

/// One reply (RFC 5321 section 4.2.1), and not one byte more.
async fn reply(stream: &mut TcpStream) -> Result<String> {
    let (mut text, mut line_start) = (Vec::new(), 0);
    while text.len() < REPLY_BYTES_MAX {
        let byte = stream.read_u8().await.context("Reading the server's reply")?;
        text.push(byte);
        if byte == b'\n' {
            if text.get(line_start + 3) != Some(&b'-') {
                return Ok(String::from_utf8_lossy(&text).into_owned());
            }
            line_start = text.len();
        }
    }
    bail!("the server's reply does not end")
}

impl AsyncRead for Secured {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Polling<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Some((now, later)) = self.greeting.split_at_checked(buf.remaining().min(self.greeting.len()))
            && !now.is_empty()
        {
            buf.put_slice(now);
            self.greeting = later;
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Polling<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Polling<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Polling<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Secured {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.get_ref().0.peer_addr()
    }
}
