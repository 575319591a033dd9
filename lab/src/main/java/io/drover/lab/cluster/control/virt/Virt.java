// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.virt;

import io.drover.lab.cluster.control.faults.ClusterFaults;
import io.drover.lab.cluster.control.kube.Controller;
import io.drover.lab.cluster.control.kube.Events;
import io.drover.lab.cluster.control.kube.Kube;
import io.drover.lab.cluster.control.kube.World;
import io.drover.lab.cluster.control.storage.VolumeStore;
import java.time.Duration;
import java.util.List;

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
