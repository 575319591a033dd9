// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

/** Finds the connection to a vCenter by its instance UUID, for those who talk to several. */
@FunctionalInterface
public interface VCenters {
  /**
   * The connection, logged in. Where no vCenter of this UUID is known, whoever finds says so in
   * words of its own.
   *
   * @throws VSphereFault if it cannot be reached
   */
  VSphere vcenter(String instanceUuid);
}
