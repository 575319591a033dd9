// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** How our converter hands a disk to CDI. */
public enum Sink {
  /** {@code source.upload}: works from anywhere that reaches the upload proxy. */
  UPLOAD,
  /** {@code source.http}: a Service of ours in the cluster serves a staged qcow2. */
  HTTP,
  /** A blank volume, written in place by our worker Job. */
  DIRECT,
  /**
   * The converter chooses, by what the cluster and its own configuration allow, and says why in the
   * fact.
   */
  AUTO
}
