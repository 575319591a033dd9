// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The disks of a source VM, to be read. Every method throws {@link CopyFault} when it is not so,
 * and {@link io.drover.engine.StopSignal.Stopped} when told to stop.
 */
public interface SourceDisks {
  /** Code of a host whose certificate is not the one that vouches for a disk. */
  String HOST_UNTRUSTED = "disk-host-untrusted";

  /** What helps where that is the one that vCenter names with the disk: no setting has it. */
  String HOST_UNTRUSTED_REMEDY =
      "See whether something between Drover and the host intercepts TLS. If the host's certificate"
          + " was renewed, let vCenter learn it: disconnect the host there and connect it again.";

  /**
   * Opens an export lease on the VM (final round) or on a snapshot of ours (seed), and keeps it
   * alive until {@link #close} or {@link #release}. A lease of an earlier owner is waited out.
   *
   * @param disks device keys that will be read
   */
  CopyEvidence.LeaseOpened export(CopyOrder order, List<Integer> disks, Attempt attempt);

  /** Takes, or finds, the snapshot of this round and notes the change ids of its disks. */
  CopyEvidence.SnapshotTaken snapshot(CopyOrder order, Attempt attempt);

  /**
   * Begins to read one disk under a lease that this process holds; a {@link CopyFault} with {@link
   * ConversionDecider#LEASE_LOST} otherwise, or {@link ConversionDecider#LEASE_IDLE} where this
   * process let go of it.
   */
  Reading read(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.LeaseOpened lease, Attempt attempt);

  /**
   * Lets a process next to the volume read one disk itself, under a lease that this process holds
   * and keeps alive meanwhile; a {@link CopyFault} as from {@link #read} otherwise.
   */
  Ticket lend(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.LeaseOpened lease, Attempt attempt);

  /**
   * What is read here for a migration, all disks together, is read no faster than this from now on;
   * what begins to be read goes by its order. Nothing to do where nothing is read.
   *
   * @param bytesPerSecond 0 = as fast as it goes
   */
  void pace(MigrationId migration, long bytesPerSecond);

  /**
   * Gives up a lease, if this process holds it: whoever was to read under it was told to stop, and
   * another process may wait for the VM. Does not fail: a lease that nobody renews ends by itself.
   */
  void abandon(CopyEvidence.LeaseOpened lease);

  /**
   * Lets go of the source after it was read: the lease completed, the snapshot removed and
   * consolidated, and that observed.
   *
   * @param last false: only the lease is let go, the round's snapshot stays
   */
  void close(CopyOrder order, CopyEvidence opened, boolean last, Attempt attempt);

  /**
   * Brings the source side of a round to rest, whatever is open: leases aborted or waited out, the
   * round's snapshot removed, and its disks merged.
   *
   * @param opened what is known to have been opened
   * @param opening whether the source ever began to be opened: what came of it may not be known
   */
  void release(CopyOrder order, @Nullable CopyEvidence opened, boolean opening, Attempt attempt);

  /** Removes every snapshot that the migration's copies made of the VM. */
  void removeSnapshots(CopyOrder order, MigrationId migration, Attempt attempt);

  /**
   * Puts changed block tracking back as the migration's first copy found it: off, if that copy
   * switched it on; else it is left as it is. Called when no snapshot of ours is left.
   */
  void restoreTracking(CopyOrder order, MigrationId migration, Attempt attempt);

  /** A disk of an open source, to be read when it is needed, in the way that is needed. */
  interface Offer {
    /** Begins to read it here; as {@link SourceDisks#read}. */
    Reading read();

    /** Has it read elsewhere; as {@link SourceDisks#lend}. */
    Ticket lend();
  }

  /** What another process needs to read a disk itself, good while the lease lasts. */
  interface Ticket extends AutoCloseable {
    /** Where the VMDK is. Whoever knows it can read the disk: a secret. */
    String url();

    /** SHA-1 or SHA-256 thumbprint of the server's certificate; null = see {@link #authorities}. */
    @Nullable String thumbprint();

    /** PEM of the authorities that sign the server's certificate; null = what the JDK trusts. */
    @Nullable String authorities();

    /** Tells the lease how far it is. */
    void progress(long bytes);

    /** What is wrong with the lease, null while it stands. */
    @Nullable CopyFault lost();

    /**
     * Compares what was received with what the source says it sent.
     *
     * @param bytes received
     * @param hashes hex of the received stream by algorithm, {@code sha1} and {@code sha256}
     * @return {@code ALGORITHM:hex} if the source vouches for it, else null
     * @throws CopyFault CORRUPT when it differs
     */
    @Nullable String verify(long bytes, Map<String, String> hashes);

    @Override
    void close();
  }

  /** One disk, being read: a VMDK as a forward stream. */
  interface Reading extends AutoCloseable {
    /** The bytes as they come over the wire. */
    ReadableByteChannel stream() throws IOException;

    /**
     * Compares what was read with what the source says it sent; called once, after the stream's
     * end.
     *
     * @return {@code ALGORITHM:hex} of the received stream if the source vouches for it, else null
     */
    @Nullable String verify() throws IOException;

    /** What is wrong when {@link #stream} broke: a lost lease, or the wire. */
    CopyFault explain(IOException broken);

    @Override
    void close();
  }
}
