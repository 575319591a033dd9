// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;

/** How far one disk is, on {@link Topics#PROGRESS}; lossy. Bytes are guest-visible bytes. */
public record DiskProgress(
    VmKey vm,
    MigrationId migration,
    CopyId copy,
    int diskKey,
    String what,
    long done,
    long total,
    Instant at) {}
