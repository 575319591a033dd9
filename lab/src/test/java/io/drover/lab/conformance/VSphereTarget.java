// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import io.drover.vsphere.VSphereEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * What {@link VSphereConformance} needs of a vCenter to try a client on it: where it is, two
 * machines to try things on, and a hand inside to do what no client can.
 */
public interface VSphereTarget extends AutoCloseable {
  /** What not every vCenter here does as a real one would. */
  enum Feature {
    /** Two changes of configuration with the same change version: the second is refused. */
    COMPARE_AND_SET,
    /** Changed areas are those really written between two snapshots. */
    CHANGED_AREAS,
    /** An open lease keeps its machine from being powered on. */
    LEASE_HOLDS_MACHINE,
    /** A lease that nobody renews ends by itself after its timeout, if that is a few seconds. */
    LEASE_EXPIRES,
    /** The manifest of an export tells size and digest of what was sent. */
    EXPORT_MANIFEST,
    /** A template refuses to be exported and to be snapshotted. */
    TEMPLATE_REFUSES_ALL,
    /** A collector version that the server does not know is refused. */
    COLLECTOR_VERSIONS,
    /** A snapshot of a guest that does not come to rest fails where it is to be quiesced. */
    QUIESCE_FAULTS
  }

  /** Where it is, with the right user, password and SHA-256 thumbprint. */
  VSphereEndpoint endpoint();

  /**
   * The name of a machine that runs, has VMware Tools running, at least one network card that is
   * connected and at least one disk of at least 8 MiB with bytes in it. The suite leaves it
   * running.
   */
  String runningVm();

  /** The name of another such machine, but powered off. The suite leaves it off. */
  String stoppedVm();

  /** Whether this vCenter does this. */
  boolean supports(Feature feature);

  /**
   * Writes to a disk as the guest would.
   *
   * @param vmName the machine
   * @param deviceKey the disk
   * @param offset first byte
   */
  void writeAsGuest(String vmName, int deviceKey, long offset, byte[] bytes) throws Exception;

  /**
   * The guest-visible bytes of a disk, for comparison.
   *
   * @param offset first byte
   */
  byte[] readAsGuest(String vmName, int deviceKey, long offset, int length) throws Exception;

  /**
   * Lets a guest come to rest for no snapshot, or for all again; only with {@link
   * Feature#QUIESCE_FAULTS}.
   *
   * @param fault type of the fault, null = it comes to rest
   */
  void unquiet(String vmName, @Nullable String fault);

  /** Ends all sessions, as an idle timeout or a restart of the server would. */
  void endAllSessions() throws Exception;

  @Override
  void close() throws Exception;
}
