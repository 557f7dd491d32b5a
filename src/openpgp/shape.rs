//! What a message may be made of. Sequoia takes any number of packets, packed in one another, and skips or hashes what it
//! does not need: a kilobyte of a stranger's could keep it busy for hours. This bounds the work; it reads nothing itself.

use anyhow::{Result, bail, ensure};
use sequoia_openpgp::Packet;
use sequoia_openpgp::packet::Tag;
use sequoia_openpgp::packet::header::BodyLength;
use sequoia_openpgp::parse::PacketParser;

/// Most of them say for whom a message is: one for each recipient.
const PACKETS_MAX: usize = 1000;
/// Of what is neither text nor packed: keys, signatures, padding.
const PACKET_BYTES_MAX: u32 = 256 << 10;
/// Encrypted, packed, in whatever order. Mail programs need two.
const LAYERS_MAX: usize = 8;
/// A signature is announced before the text and stands behind it: that is two.
const SIGNATURE_PACKETS_MAX: usize = 20;

/// What was seen of one message so far.
#[derive(Default)]
pub struct Shape {
    packets: usize,
    layers: usize,
    signatures: usize,
    text: bool,
}

impl Shape {
    /// Called for each packet before its content is read; an error ends the reading.
    pub fn take(&mut self, parser: &PacketParser<'_>) -> Result<()> {
        self.packets += 1;
        ensure!(self.packets <= PACKETS_MAX, "it has more than {PACKETS_MAX} packets");
        match (&parser.packet, parser.packet.tag()) {
            (Packet::Literal(_), _) => {
                ensure!(!self.text, "it has several texts");
                self.text = true;
            }
            (Packet::CompressedData(packed), _) => {
                ensure!(packed.algo().is_supported(), "it is packed in an unknown way");
                self.layer()?;
            }
            (Packet::SEIP(_), _) => self.layer()?,
            (_, Tag::Literal | Tag::CompressedData | Tag::SED | Tag::SEIP | Tag::AED) => bail!("a part is unknown"),
            (_, tag) => {
                let short = matches!(parser.header().length(), BodyLength::Full(bytes) if *bytes <= PACKET_BYTES_MAX);
                ensure!(short, "a part is larger than {PACKET_BYTES_MAX} bytes");
                self.signatures += usize::from(matches!(tag, Tag::Signature | Tag::OnePassSig));
                ensure!(self.signatures <= SIGNATURE_PACKETS_MAX, "it has too many signatures");
            }
        }
        Ok(())
    }

    /// What is encrypted or packed beside the text would be unpacked only to be skipped.
    fn layer(&mut self) -> Result<()> {
        self.layers += 1;
        ensure!(self.layers <= LAYERS_MAX && !self.text, "it is packed too often");
        Ok(())
    }
}
