#!/usr/bin/env bash
# What a customer runs on what it received: the folder of the release, and the vendor's public key, which came by
# another way (a contract, a web page, a call). Exit code 0 only if everything holds.
set -euo pipefail

usage="usage: accept.sh FOLDER VENDOR.pub [REVOKED]"
received=${1:?$usage}
key=${2:?$usage}
revoked=${3:-}
product=$received/acme-gateway-4.2.0
as_of=${AS_OF:+--as-of=$AS_OF}

debar verify "$product.cert.json" --key "$key" \
  --product acme-gateway@4.2.0 \
  --regime us-bis-icts-2021-002 \
  --subject "$product.bin" \
  --sbom "$product.cdx.json" \
  --max-age 180 \
  --rerun \
  ${revoked:+--revoked "$revoked"} \
  ${as_of:+"$as_of"}

# What the customer asks beyond the vendor's check: its own regime, judged by its own debar.
debar check "$product.cdx.json" --regime us-ndaa-1634-far-52.204-23 ${as_of:+"$as_of"} >/dev/null
echo "accepted"
