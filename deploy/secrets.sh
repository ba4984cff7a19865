#!/bin/sh
# Makes the passwords of docker-compose.yml at random, each in a file of secrets/; those that are there stay.
#   sh deploy/secrets.sh [FOLDER]
# The folder is for its owner only. The files in it can be read by all, because the containers' users are others.
set -eu
folder=${1:-secrets}
mkdir -p "$folder"
chmod 700 "$folder"

word() { head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

keep() { # NAME TEXT
  [ -s "$folder/$1" ] && return
  printf '%s\n' "$2" > "$folder/$1"
  chmod 444 "$folder/$1"
}

for name in postgres_password elastic_password redis_password oaihub_secret metrics_key grafana_password; do
  keep "$name" "$(word)"
done
keep flower_login "operator:$(word)"
