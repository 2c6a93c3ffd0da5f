#!/bin/sh
# Runs as root inside the new file system once its packages are installed.
set -eu

groupadd --gid 1001 runner
useradd --uid 1001 --gid 1001 --create-home --home-dir /home/runner \
  --shell /bin/bash runner

# The first packages were unpacked before dpkg.cfg applied to them.
find /usr/share/doc -mindepth 2 ! -type d ! -name copyright -delete
find /usr/share/doc -mindepth 1 -type d -empty -delete
find /usr/share/locale -mindepth 1 ! -name locale.alias -delete
rm -rf /usr/share/info/* /usr/share/lintian/* /usr/share/man/*

# Caches and logs are of no use in an image. Leave /tmp alone: mmdebstrap keeps
# its apt settings there, and without them its apt-get works on the host.
rm -rf /var/cache/apt/* /var/cache/debconf/*-old /var/cache/ldconfig/*
rm -rf /var/lib/apt/lists/* /var/lib/dpkg/*-old
find /var/log -type f -delete
