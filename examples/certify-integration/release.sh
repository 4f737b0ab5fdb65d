#!/usr/bin/env bash
# What a vendor runs when it releases: certify the artefact, check its own certificate, and put out what customers get.
# KEY is made once and kept secret; AS_OF makes the run repeatable.
set -euo pipefail
cd "$(dirname "$0")"

KEY=${KEY:-vendor}
OUT=${OUT:-release}
VERSION=4.2.0
as_of=${AS_OF:+--as-of=$AS_OF}

mkdir -p "$OUT"
[ -e "$KEY.key" ] || debar keygen "$KEY"

# Refused, with exit code 1 and the reasons, unless the product passes without a waiver.
debar certify "acme-gateway-$VERSION.cdx.json" \
  --product "acme-gateway@$VERSION" \
  --subject "acme-gateway-$VERSION.bin" \
  --signer "Jane Doe" --title "Release manager" --organization "ACME Networks" \
  --contact "compliance@acme.example" \
  --key "$KEY.key" \
  --output "$OUT/acme-gateway-$VERSION.cert.json" \
  ${as_of:+"$as_of"}

cp "acme-gateway-$VERSION.bin" "acme-gateway-$VERSION.cdx.json" "$OUT/"

# Nothing leaves the house that a customer could not verify.
debar verify "$OUT/acme-gateway-$VERSION.cert.json" --key "$KEY.pub" \
  --subject "$OUT/acme-gateway-$VERSION.bin" --sbom "$OUT/acme-gateway-$VERSION.cdx.json" --rerun \
  ${as_of:+"$as_of"}
