//! The one way to a server: TCP, then TLS checked against the host's authorities and, where set, a private one.
//! There is no way here to talk in clear or to skip a check.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::patience::{Patience, within};

/// How a connection becomes secret. RFC 8314 prefers implicit TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// From the first byte: IMAP on 993, SMTP on 465.
    Implicit,
    /// After a command in clear: IMAP on 143, SMTP on 587 (`starttls` in settings).
    #[serde(rename = "starttls")]
    StartTls,
}

/// What every connection trusts: the host's store, and the private authority of `ca` (a PEM file) on top.
pub fn client_config(ca: Option<&Path>) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    // Single certificates of the host that cannot be read are none of our business; none at all is.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca {
        let before = roots.len();
        let reading = || format!("Reading the certificate authority {}", path.display());
        for certificate in CertificateDer::pem_file_iter(path).with_context(reading)? {
            roots.add(certificate.with_context(reading)?).with_context(reading)?;
        }
        ensure!(roots.len() > before, "{} holds no certificate", path.display());
    }
    ensure!(!roots.is_empty(), "no certificate authority is known: install ca-certificates, or name one with `ca`");
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("Setting up TLS")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// A TCP connection without Nagle's delay: both protocols write a command in several small pieces.
pub async fn dial(host: &str, port: u16, patience: &Patience) -> Result<TcpStream> {
    let stream = within("connecting", patience.connect, TcpStream::connect((host, port)))
        .await?
        .with_context(|| format!("Connecting to {host} port {port}"))?;
    stream.set_nodelay(true).context("Setting TCP_NODELAY")?;
    Ok(stream)
}

/// TLS over `stream`; the certificate must be for `host` (a name or an IP address).
pub async fn secure(
    stream: TcpStream,
    host: &str,
    config: Arc<ClientConfig>,
    patience: &Patience,
) -> Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(host.to_owned()).with_context(|| format!("“{host}” is no host name"))?;
    within("agreeing on TLS", patience.connect, tokio_rustls::TlsConnector::from(config).connect(name, stream))
        .await?
        .with_context(|| format!("Agreeing on TLS with {host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        assert!(client_config(Some(&path)).unwrap_err().to_string().contains("ca.pem"));
        std::fs::write(&path, "not a certificate").unwrap();
        assert!(client_config(Some(&path)).unwrap_err().to_string().contains("ca.pem"));
    }
}
