// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;

/** The target cluster as every road sees it. */
record Target(
    KubernetesClient client,
    CdiSettings settings,
    DataVolumes volumes,
    TargetVolumes targets,
    TargetStorage storage,
    VolumeDraft draft,
    SourceDigests digests,
    Clock clock) {
  static Target of(KubernetesClient client, CdiSettings settings, Clock clock) {
    var volumes = new DataVolumes(client);
    var storage = new TargetStorage(client);
    return new Target(
        client,
        settings,
        volumes,
        new TargetVolumes(client, volumes, settings.patience()),
        storage,
        new VolumeDraft(storage),
        new SourceDigests(client),
        clock);
  }
}
