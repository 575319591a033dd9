// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.util.List;

/** What happened to the slots of a vCenter. Key: vCenter instance UUID. */
public sealed interface DispatchFact extends Fact {
  /** A wave was taken in. */
  record WaveQueued(WaveId wave, List<MigrationSpec> migrations, int maxInFlight)
      implements DispatchFact {
    public WaveQueued {
      migrations = List.copyOf(migrations);
    }
  }

  /** A wave may have more journeys in flight here than before. */
  record WaveWidened(WaveId wave, int maxInFlight) implements DispatchFact {}

  /** A journey was told to start. */
  record MigrationLaunched(VmKey vm, MigrationId migration, WaveId wave) implements DispatchFact {}

  /** A slot was asked for and waits. */
  record SlotQueued(VmKey vm, MigrationId migration, Slot slot, DispatchMessage.Load load)
      implements DispatchFact {}

  /** A slot was given. */
  record SlotGiven(VmKey vm, MigrationId migration, Slot slot) implements DispatchFact {}

  /** A slot came back. */
  record SlotFreed(VmKey vm, MigrationId migration, Slot slot) implements DispatchFact {}

  /** A journey ended; it holds no slot. */
  record JourneyLeft(VmKey vm, MigrationId migration) implements DispatchFact {}

  /** Emergency stop. */
  record EverythingStopped(Actor by, String reason) implements DispatchFact {}

  /** The stop was lifted. */
  record StopEnded(Actor by) implements DispatchFact {}

  /** New limits hold. */
  record LimitsSet(DispatchMessage.Limits limits) implements DispatchFact {}
}
