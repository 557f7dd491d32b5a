//! The integration tests, in one binary. Each module is a stage on which the program plays; nothing here is shipped.

mod advisories;
mod applications;
mod architecture;
mod corpus;
mod crash;
mod daemon;
mod disclosures;
mod faults;
mod hooks;
mod mailstack;
mod memory;
mod opened;
mod restore;
mod scenarios;
mod secrecy;
mod shown;
mod systemd;
mod world;
