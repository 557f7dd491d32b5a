#!/bin/sh
# Verifies letters of this instance with gpg, in a keyring of its own:  ./verify-letter mail/out/1.eml …
set -eu
here=$(cd "$(dirname "$0")" && pwd)
GNUPGHOME=$(mktemp -d); export GNUPGHOME
trap 'gpgconf --kill all 2>/dev/null; rm -rf "$GNUPGHOME"' EXIT
gpg --quiet --batch --import "$here/keys/project.asc"
for letter; do
  echo "$letter"
  # RFC 3156: the first part, as it stands, is what the second part signs.
  perl -0777 -ne '
    my ($boundary) = /boundary="?([^";\r\n]+)/ or die "no boundary\n";
    my (undef, $text, $signature) = split /(?:^|\r\n)--\Q$boundary\E(?:--)?\r\n/;
    $signature =~ s/^.*?\r\n\r\n//s;
    for (["text", $text], ["signature", $signature]) {
      open my $file, ">:raw", "$ENV{GNUPGHOME}/$$_[0]" or die $!;
      print $file $$_[1];
    }' "$letter"
  gpg --batch --verify "$GNUPGHOME/signature" "$GNUPGHOME/text"
done
