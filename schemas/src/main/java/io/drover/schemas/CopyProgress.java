// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far the whole copy of one VM, or of all VMs of a wave, is; as of the last milestone. What
 * happened since is on {@link Topics#PROGRESS}. Later deltas of a warm VM do not count.
 *
 * @param done guest-visible bytes that are copied, or known to need no copy
 * @param total guest-visible bytes of all disks
 * @param bytesPerSecond of what is being copied; 0 while nothing is, or nothing was measured
 * @param eta when the copy has ended if it goes on like this; null while nothing was measured
 */
public record CopyProgress(long done, long total, long bytesPerSecond, @Nullable Instant eta) {}
