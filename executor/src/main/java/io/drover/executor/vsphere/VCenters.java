// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.vsphere;

import io.drover.vsphere.VSphere;

/** Finds the connection to a vCenter by its instance UUID. */
@FunctionalInterface
public interface VCenters {
  /**
   * The connection, logged in.
   *
   * @throws io.drover.executor.Trouble REFUSED if no vCenter of this UUID is configured
   * @throws io.drover.vsphere.VSphereFault if it cannot be reached
   */
  VSphere vcenter(String instanceUuid);
}
