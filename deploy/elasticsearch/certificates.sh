#!/usr/bin/env bash
# Makes, once, an authority and the certificate that Elasticsearch shows; run by the service `setup`.
#   certificates.sh KEYS PUBLIC     KEYS is for the node alone, PUBLIC gets the authority's certificate
# The authority's key is thrown away: nothing else is to be signed by it. To make both anew, remove the volumes
# `certificates` and `ca` and start again.
set -euo pipefail
umask 077
keys=$1 public=$2
PATH=$PATH:/usr/share/elasticsearch/bin

if [ ! -f "$keys/http.key" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  elasticsearch-certutil ca --silent --pem --days 3650 --out "$work/ca.zip"
  unzip -q "$work/ca.zip" -d "$work"
  elasticsearch-certutil cert --silent --pem --days 3650 --ca-cert "$work/ca/ca.crt" --ca-key "$work/ca/ca.key" \
    --name http --dns elasticsearch --dns localhost --ip 127.0.0.1 --out "$work/http.zip"
  unzip -q "$work/http.zip" -d "$work"
  install -m 644 "$work/ca/ca.crt" "$public/ca.crt"
  install -m 644 "$work/http/http.crt" "$keys/http.crt"
  install -m 640 "$work/http/http.key" "$keys/http.key" # the last one: its group is the node's
fi
chmod 755 "$keys" "$public"
