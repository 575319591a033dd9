// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import io.drover.disk.digest.DiskDigest;
import io.drover.disk.image.StreamHash;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a finished conversion did.
 *
 * @param size bytes of the guest disk
 * @param bytesRead bytes taken from the source
 * @param guestBytesAllocated guest bytes that are not zeros, in blocks of 64 KiB
 * @param guestBytesPassedOver guest bytes that an earlier attempt had made durable
 * @param bufferBytes memory that the buffers for its extents took, those of the workers counted
 * @param digest drover-disk-v1 of the guest disk as it was read; null where none was asked for
 * @param streamHashes checksums of the stream as it was received, as hex
 */
public record ConversionResult(
    long size,
    long bytesRead,
    long guestBytesAllocated,
    long guestBytesPassedOver,
    long bufferBytes,
    @Nullable DiskDigest digest,
    Map<StreamHash, String> streamHashes) {}
