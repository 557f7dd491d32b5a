#!/bin/sh
# Opens and verifies letters of this instance with gpg, in a keyring of its own:  ./verify-letter mail/out/1.eml …
set -eu
here=$(cd "$(dirname "$0")" && pwd)
GNUPGHOME=$(mktemp -d); export GNUPGHOME
trap 'gpgconf --kill all 2>/dev/null; rm -rf "$GNUPGHOME"' EXIT
# Alice's and Bob's keys open what was encrypted to them.
gpg --quiet --batch --import "$here/keys/project.asc" "$here/keys/alice.key" "$here/keys/bob.key"
# Writes part NUMBER of a multipart message to FILE: as it stands, or without its header.
part() {
  perl -0777 -e '
    my ($number, $to, $bare, $letter) = @ARGV;
    open my $from, "<:raw", $letter or die $!;
    $_ = <$from>;
    my ($boundary) = /boundary="?([^";\r\n]+)/ or die "no boundary\n";
    my $part = (split /(?:^|\r\n)--\Q$boundary\E(?:--)?\r\n/)[$number];
    $part =~ s/^.*?\r\n\r\n//s if $bare;
    open my $file, ">:raw", $to or die $!;
    print $file $part;' "$1" "$GNUPGHOME/$2" "$3" "$4"
}
for letter; do
  echo "$letter"
  top=$(sed '/^\r\{0,1\}$/q' "$letter")
  if echo "$top" | grep -q '^Content-Type: multipart/mixed' && grep -q '^-----BEGIN PGP SIGNED MESSAGE-----' "$letter"; then
    # As the world gets it: the text is signed in line, and lists may add what they like around it.
    part 1 text bare "$letter"
    if grep -qi '^Content-Transfer-Encoding: quoted-printable' "$letter"; then
      perl -0777 -i -pe 's/=\r?\n//g; s/=([0-9A-F]{2})/chr hex $1/ge' "$GNUPGHOME/text"
    fi
    gpg --batch --verify "$GNUPGHOME/text"
    continue
  fi
  if echo "$top" | grep -q '^X-BeenThere:' && ! echo "$top" | grep -q '^Content-Type: multipart/\(encrypted\|signed\)'; then
    echo "  a member's post to -discuss, in its author's own bytes: the project does not sign it"
    continue
  fi
  if grep -q '^Content-Type: multipart/encrypted' "$letter"; then
    # RFC 3156 section 4: the second part is what was encrypted.
    part 2 encrypted bare "$letter"
    gpg --batch --yes --output "$GNUPGHOME/inside" --decrypt "$GNUPGHOME/encrypted"
    letter=$GNUPGHOME/inside
  fi
  # RFC 3156 section 5: the first part, as it stands, is what the second part signs.
  part 1 text '' "$letter"
  part 2 signature bare "$letter"
  gpg --batch --verify "$GNUPGHOME/signature" "$GNUPGHOME/text"
done
