// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import io.drover.lab.cluster.control.kube.Key;
import io.drover.lab.cluster.control.storage.VolumeStore;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The upload server pods of the lab: which claims take an upload now, one at a time each. */
final class Uploads {

  private final Map<Key, Session> sessions = new ConcurrentHashMap<>();
  private final Map<Key, UploadTaken> taken = new ConcurrentHashMap<>();

  enum State {
    READY,
    BUSY,
    CONVERTING,
    DONE,
    CRASHED
  }

  /** The upload server of one claim. */
  static final class Session {
    private final String claimUid;
    private final VolumeStore.Volume volume;
    private final Runnable changed;
    private State state = State.READY;
    private String message = "";

    Session(String claimUid, VolumeStore.Volume volume, Runnable changed) {
      this.claimUid = claimUid;
      this.volume = volume;
      this.changed = changed;
    }

    VolumeStore.Volume volume() {
      return volume;
    }

    synchronized State state() {
      return state;
    }

    synchronized String message() {
      return message;
    }

    /** Takes the server for one upload; empty when that worked, else the state that forbids it. */
    synchronized Optional<State> take() {
      if (state != State.READY) {
        return Optional.of(state);
      }
      state = State.BUSY;
      return Optional.empty();
    }

    void become(State next, String why) {
      synchronized (this) {
        state = next;
        message = why;
      }
      changed.run();
    }
  }

  /** Opens the server of a claim; the same one when it is open already. */
  Session open(Key claim, String claimUid, VolumeStore.Volume volume, Runnable changed) {
    return sessions.compute(
        claim,
        (k, there) ->
            there != null && there.claimUid.equals(claimUid)
                ? there
                : new Session(claimUid, volume, changed));
  }

  /** Remembers the upload that a claim took last. */
  void took(Key claim, UploadTaken upload) {
    taken.put(claim, upload);
  }

  Optional<UploadTaken> taken(Key claim) {
    return Optional.ofNullable(taken.get(claim));
  }

  Optional<Session> get(Key claim) {
    return Optional.ofNullable(sessions.get(claim));
  }

  void close(Key claim) {
    sessions.remove(claim);
  }
}
