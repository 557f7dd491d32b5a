//! Many mails in somebody's name: they are told, and not as often.
