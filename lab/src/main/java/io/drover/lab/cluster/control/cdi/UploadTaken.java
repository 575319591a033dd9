// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

/**
 * What an upload was, as the proxy and the server behind it saw it.
 *
 * @param path that it was posted to, such as {@code /v1beta1/upload-async}
 * @param magic its first four bytes in hex, such as {@code 28b52ffd} of zstd
 * @param scratchBytes bytes of it that lay in scratch space before they were the volume's
 */
public record UploadTaken(String path, String magic, long scratchBytes) {}
