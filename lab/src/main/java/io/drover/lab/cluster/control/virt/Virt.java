// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.virt;

import io.drover.lab.cluster.control.faults.ClusterFaults;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.cluster.control.kube.Controller;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Events;
import io.drover.lab.cluster.control.kube.Key;
import io.drover.lab.cluster.control.kube.Kube;
import io.drover.lab.cluster.control.kube.World;
import io.drover.lab.cluster.control.storage.VolumeStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The lab's KubeVirt: its controllers, its guests, and the parts that they share. */
public final class Virt implements AutoCloseable {

  /** The KubeVirt release that is played. */
  public static final String VERSION = "v1.6.2";

  private final Kube kube;
  private final World world;
  private final VolumeStore store;
  private final ClusterFaults faults;
  private final Delays delays;
  private final GuestBoot boot;
  private final Events events;
  private final Guests guests;

  /**
   * How long things take at least.
   *
   * @param phase each phase of an instance, and a clean stop
   * @param agent from Running until the agent answers
   * @param work between two moments in which guests write
   */
  public record Delays(Duration phase, Duration agent, Duration work) {}

  /** A KubeVirt over one store. */
  public Virt(
      Kube kube,
      World world,
      VolumeStore store,
      ClusterFaults faults,
      Delays delays,
      GuestBoot boot) {
    this.kube = kube;
    this.world = world;
    this.store = store;
    this.faults = faults;
    this.delays = delays;
    this.boot = boot;
    this.events = new Events(kube);
    this.guests = new Guests(delays.work());
  }

  /** The controllers of machines, instances and nodes. */
  public List<Controller> controllers() {
    return List.of(
        new MachineController(this), new InstanceController(this), new NodeController(this));
  }

  /**
   * What a kubelet does for a pod that is deleted: the guest in it is asked to end, and killed when
   * the pod's grace is over; true when none runs in it.
   */
  public boolean ended(Doc pod) {
    String instance = pod.label(InstanceController.CREATED_BY);
    Optional<Guests.Running> running = guests.get(instance);
    if (running.isEmpty()) {
      return true;
    }
    Key key = running.get().key();
    boolean deaf = faults.active(Fault.What.GUEST_NEVER_STOPS, key.namespace(), key.name());
    boolean graced = Instant.now().isBefore(Instant.parse(pod.text("/metadata/deletionTimestamp")));
    if (faults.active(Fault.What.NODE_LOST, "", running.get().node()) || (deaf && graced)) {
      return false;
    }
    try {
      if (!deaf) {
        running.get().shutDown();
      }
    } catch (IOException e) {
      return false;
    }
    guests.kill(instance);
    return true;
  }

  /** The subresources of machines and instances. */
  public SubresourceApi subresources() {
    return new SubresourceApi(this);
  }

  /** What guests wrote, as Prometheus text. */
  public MetricsHandler metrics() {
    return new MetricsHandler(this);
  }

  Kube kube() {
    return kube;
  }

  World world() {
    return world;
  }

  VolumeStore store() {
    return store;
  }

  ClusterFaults faults() {
    return faults;
  }

  Delays delays() {
    return delays;
  }

  GuestBoot boot() {
    return boot;
  }

  Events events() {
    return events;
  }

  Guests guests() {
    return guests;
  }

  @Override
  public void close() {
    guests.close();
  }
}
