// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.schemas.EntityKey;
import io.drover.schemas.Proposal;
import io.drover.schemas.wire.Json;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Cuts a proposal into pieces that fit a record each: waves and VMs that are left out are spread,
 * what is said of the whole is in the last one.
 */
final class Pieces {
  /** Bytes of a piece: half of what a record may have, so that its facts and states fit as well. */
  private static final int MOST = 4 << 20;

  /** Bytes of a wave that still fit a record with what goes around it. */
  private static final int LARGEST_WAVE = 7 << 20;

  private final Proposal whole;
  private final MessageDigest digest;
  private final List<Proposal> pieces = new ArrayList<>();
  private List<Proposal.Wave> waves = new ArrayList<>();
  private List<Proposal.Left> left = new ArrayList<>();
  private Map<String, Long> inventory = new TreeMap<>();
  private int size;

  private Pieces(Proposal whole) {
    this.whole = whole;
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }

  /**
   * The pieces, one if it fits.
   *
   * @throws TooLarge if a wave is too large for a record
   */
  static List<Proposal> of(Proposal whole) {
    return new Pieces(whole).cut();
  }

  /** A wave does not fit a record; the message says which, and what to do. */
  static final class TooLarge extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooLarge(Proposal.Wave wave, int bytes) {
      super(
          "Wave %s of %d VMs takes %.1f MiB, but a record of the log takes at most %d."
              .formatted(wave.id(), wave.vms().size(), bytes / 1048576.0, LARGEST_WAVE >> 20));
    }
  }

  private List<Proposal> cut() {
    for (Proposal.Wave wave : whole.waves()) {
      int bytes = room(Json.write(wave), wave.vms().size());
      if (bytes > LARGEST_WAVE) {
        throw new TooLarge(wave, bytes);
      }
      waves.add(wave);
      wave.vms().forEach(planned -> saw(planned.spec().source().key()));
    }
    for (Proposal.Left one : whole.left()) {
      room(Json.write(one), 1);
      left.add(one);
      saw(EntityKey.ofVm(one.vm()));
    }
    if (whole.outlook() != null) {
      room(Json.write(whole.outlook()), 0);
    }
    if (whole.changes() != null) {
      room(Json.write(whole.changes()), 0);
    }
    next();
    String draft = HexFormat.of().formatHex(digest.digest(), 0, 8);
    var named = new ArrayList<Proposal>();
    for (Proposal piece : pieces) {
      boolean last = named.size() == pieces.size() - 1;
      named.add(
          new Proposal(
              piece.waves(),
              piece.left(),
              piece.inventory(),
              last ? whole.notes() : List.of(),
              last ? whole.outlook() : null,
              pieces.size() == 1
                  ? null
                  : new Proposal.Piece(draft, named.size() + 1, pieces.size()),
              last ? whole.changes() : null));
    }
    return named;
  }

  /** Makes room for something of so many bytes and VMs. */
  private int room(byte[] json, int vms) {
    digest.update(json);
    int bytes = json.length + 96 * vms;
    if (size > 0 && size + bytes > MOST) {
      next();
    }
    size += bytes;
    return bytes;
  }

  private void saw(EntityKey key) {
    Long version = whole.inventory().get(key.toString());
    if (version != null) {
      inventory.put(key.toString(), version);
    }
  }

  private void next() {
    pieces.add(new Proposal(waves, left, inventory, List.of(), null));
    waves = new ArrayList<>();
    left = new ArrayList<>();
    inventory = new TreeMap<>();
    size = 0;
  }
}
