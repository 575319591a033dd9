// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static io.drover.lab.conformance.KubeFixture.field;
import static io.drover.lab.conformance.KubeFixture.json;
import static io.drover.lab.conformance.KubeFixture.mergePatch;
import static io.drover.lab.conformance.KubeFixture.quoted;
import static io.drover.lab.conformance.KubeFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.dsl.FieldValidateable.Validation;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Which fields the kinds that Drover writes have, and what may not change once they exist. */
interface KubeFieldRules extends KubeFixture {
  String POD = "'template':{'spec':{'restartPolicy':'Never','containers':[{'name':'c','image':'i'";

  /** One object a kind, with a field that the kind does not have. */
  default Stream<String[]> misspelt() {
    return Stream.of(
        new String[] {
          "kubevirt.io/v1",
          "VirtualMachine",
          "spec.template.spec.domain.devices.diskz",
          "{'runStrategy':'Halted','template':{'spec':{'domain':{'devices':{'diskz':[]}}}}}"
        },
        new String[] {
          "cdi.kubevirt.io/v1beta1",
          "DataVolume",
          "spec.source.vddk.backingFil",
          "{'source':{'vddk':{'backingFil':'x'}},'storage':{'resources':{'requests':{'storage':'1Gi'}}}}"
        },
        new String[] {
          "snapshot.storage.k8s.io/v1",
          "VolumeSnapshot",
          "spec.source.claim",
          "{'source':{'claim':'disk-0','persistentVolumeClaimName':'disk-0'}}"
        },
        new String[] {
          "batch/v1", "Job", "spec.template.spec.containers[0].imag", "{" + POD + ",'imag':'x'}]}}}"
        },
        new String[] {
          "v1",
          "PersistentVolumeClaim",
          "spec.acessModes",
          "{'accessModes':['ReadWriteOnce'],'acessModes':[],'resources':{'requests':{'storage':'1Gi'}}}"
        });
  }

  @TestFactory
  default Stream<DynamicTest> an_unknown_field_is_refused_when_asked_to() {
    return misspelt()
        .map(row ->
            DynamicTest.dynamicTest(
                row[1],
                () -> {
                  GenericKubernetesResource object = object(row[0], row[1], "strict", row[3]);

                  var refusal =
                      refusal(
                          400, () -> resource(object).fieldValidation(Validation.STRICT).create());

                  assertThat(refusal.getStatus().getMessage())
                      .contains(
                          row[1] + " in version",
                          "strict decoding error: unknown field \"" + row[2] + "\"");
                }));
  }

  @TestFactory
  default Stream<DynamicTest> an_unknown_field_is_dropped_otherwise() {
    return misspelt()
        .map(row ->
            DynamicTest.dynamicTest(
                row[1],
                () -> {
                  GenericKubernetesResource created =
                      resource(object(row[0], row[1], "lenient", row[3])).create();

                  assertThat(
                          field(
                              created,
                              "/" + row[2].replaceAll("\\[(\\d)]", ".$1").replace('.', '/')))
                      .isEqualTo("null");
                }));
  }

  @Test
  default void an_unknown_field_of_a_secret_is_refused_when_asked_to() {
    GenericKubernetesResource secret = object("v1", "Secret", "vcenter", "{}");
    secret.setAdditionalProperty("dat", json("{'a':'b'}"));
    secret.getAdditionalProperties().remove("spec");

    var refusal = refusal(400, () -> resource(secret).fieldValidation(Validation.STRICT).create());

    assertThat(refusal.getStatus().getMessage()).contains("unknown field \"dat\"");
  }

  @Test
  default void an_unknown_field_in_a_patch_is_refused_when_asked_to() {
    resource(vm("web-1")).create();

    refusal(
        422,
        () ->
            resource(vm("web-1"))
                .fieldValidation(Validation.STRICT)
                .patch(mergePatch(), quoted("{'spec':{'runStrategi':'Always'}}")));
  }

  @Test
  default void a_field_of_the_wrong_type_is_invalid() {
    GenericKubernetesResource vm = vm("web-1");
    vm.setAdditionalProperty(
        "spec", json("{'runStrategy':1,'template':{'spec':{'domain':{'devices':{}}}}}"));

    var refusal = refusal(422, () -> resource(vm).create());

    assertThat(refusal.getStatus().getMessage())
        .contains("spec.runStrategy in body must be of type string: \"integer\"");
  }

  @Test
  default void a_required_field_must_be_there() {
    GenericKubernetesResource vm = vm("web-1");
    vm.setAdditionalProperty("spec", json("{'runStrategy':'Halted'}"));

    var refusal = refusal(422, () -> resource(vm).create());

    assertThat(refusal.getStatus().getMessage()).contains("spec.template: Required value");
  }

  @Test
  default void a_choice_is_one_of_the_offered() {
    GenericKubernetesResource volume = dataVolume("disk-0");
    volume.setAdditionalProperty(
        "spec",
        json(
            "{'contentType':'tape','source':{'blank':{}},'storage':{'resources':{'requests':{'storage':'1Gi'}}}}"));

    var refusal = refusal(422, () -> resource(volume).create());

    assertThat(refusal.getStatus().getMessage())
        .contains("spec.contentType: Unsupported value: \"tape\"");
  }

  @Test
  default void a_whole_virtual_machine_is_accepted_strictly() {
    GenericKubernetesResource vm = vm("web-1");
    vm.setAdditionalProperty(
        "spec",
        json(
            """
            {'runStrategy':'Halted','template':{'metadata':{'labels':{'kubevirt.io/vm':'web-1'}},'spec':{
             'architecture':'amd64','evictionStrategy':'LiveMigrate','hostname':'web-1','terminationGracePeriodSeconds':180,
             'domain':{
              'clock':{'timezone':'Europe/Berlin','timer':{'hpet':{'present':false},'pit':{'tickPolicy':'delay'}}},
              'cpu':{'cores':2,'sockets':2,'threads':1,'model':'host-model'},
              'memory':{'guest':'4Gi'},
              'machine':{'type':'q35'},
              'firmware':{'uuid':'4213e6e2-4c4b-4ddc-a1f4-7e0d0c1c1d1e','serial':'VMware-42 13','bootloader':{'efi':{'secureBoot':true,'persistent':true}}},
              'features':{'acpi':{},'smm':{'enabled':true},'hyperv':{'relaxed':{},'vapic':{},'spinlocks':{'spinlocks':8191}}},
              'resources':{'requests':{'memory':'4Gi','cpu':'2'}},
              'devices':{
               'rng':{},'tpm':{'persistent':true},'networkInterfaceMultiqueue':true,'useVirtioTransitional':false,
               'disks':[{'name':'disk-0','bootOrder':1,'serial':'ab12','disk':{'bus':'virtio'}},{'name':'tools','cdrom':{'bus':'sata'}}],
               'inputs':[{'name':'tablet','type':'tablet','bus':'usb'}],
               'interfaces':[{'name':'nic-0','bridge':{},'macAddress':'00:50:56:aa:bb:cc','model':'virtio'}]}},
             'networks':[{'name':'nic-0','multus':{'networkName':'prod/vlan-10'}}],
             'volumes':[{'name':'disk-0','persistentVolumeClaim':{'claimName':'web-1-disk-0'}},{'name':'tools','containerDisk':{'image':'virtio:1'}}]}}}
            """));

    GenericKubernetesResource created = resource(vm).fieldValidation(Validation.STRICT).create();

    assertThat(field(created, "/spec/template/spec/domain/clock/timer/pit/tickPolicy"))
        .isEqualTo("delay");
    assertThat(field(created, "/spec/template/spec/domain/devices/interfaces/0/macAddress"))
        .isEqualTo("00:50:56:aa:bb:cc");
  }

  @Test
  default void a_warm_data_volume_is_accepted_strictly() {
    GenericKubernetesResource volume = dataVolume("disk-0");
    volume.setAdditionalProperty(
        "spec",
        json(
            """
            {'checkpoints':[{'current':'snapshot-101','previous':''}],'finalCheckpoint':false,
             'source':{'vddk':{'url':'https://vc.example','uuid':'4213e6e2','backingFile':'[ds] a/a.vmdk','thumbprint':'AA:BB',
              'secretRef':'vcenter','initImageURL':'registry.example/vddk:8','certConfigMap':'ca','extraArgs':'args'}},
             'storage':{'accessModes':['ReadWriteMany'],'volumeMode':'Block','storageClassName':'fast','resources':{'requests':{'storage':'1Gi'}}}}
            """));

    GenericKubernetesResource created =
        resource(volume).fieldValidation(Validation.STRICT).create();

    assertThat(field(created, "/spec/checkpoints/0/current")).isEqualTo("snapshot-101");
  }

  @Test
  default void a_data_volume_takes_new_checkpoints() {
    resource(dataVolume("disk-0")).create();

    GenericKubernetesResource patched =
        resource(dataVolume("disk-0"))
            .patch(
                mergePatch(),
                quoted(
                    "{'spec':{'checkpoints':[{'current':'s-2','previous':'52 de/4'}],'finalCheckpoint':true}}"));

    assertThat(field(patched, "/spec/finalCheckpoint")).isEqualTo("true");
  }

  @Test
  default void a_data_volume_keeps_its_source() {
    resource(dataVolume("disk-0")).create();

    var refusal =
        refusal(
            422,
            () ->
                resource(dataVolume("disk-0"))
                    .patch(mergePatch(), quoted("{'spec':{'source':{'blank':null,'upload':{}}}}")));

    assertThat(refusal.getStatus().getMessage()).contains("Cannot update DataVolume Spec");
  }

  @Test
  default void a_snapshot_keeps_its_source() {
    GenericKubernetesResource snapshot =
        object(
            "snapshot.storage.k8s.io/v1",
            "VolumeSnapshot",
            "c5",
            "{'source':{'persistentVolumeClaimName':'disk-0'}}");
    resource(snapshot).create();

    var refusal =
        refusal(
            422,
            () ->
                resource(snapshot)
                    .patch(
                        mergePatch(),
                        quoted("{'spec':{'source':{'persistentVolumeClaimName':'disk-1'}}}")));

    assertThat(refusal.getStatus().getMessage()).contains("persistentVolumeClaimName is immutable");
  }

  @Test
  default void a_snapshot_has_one_source() {
    var refusal =
        refusal(
            422,
            () ->
                resource(
                        object(
                            "snapshot.storage.k8s.io/v1", "VolumeSnapshot", "c5", "{'source':{}}"))
                    .create());

    assertThat(refusal.getStatus().getMessage())
        .contains(
            "exactly one of volumeSnapshotContentName and persistentVolumeClaimName must be set");
  }

  @Test
  default void a_claim_keeps_its_access_modes() {
    GenericKubernetesResource claim =
        object(
            "v1",
            "PersistentVolumeClaim",
            "disk-0",
            "{'accessModes':['ReadWriteOnce'],'resources':{'requests':{'storage':'1Gi'}}}");
    resource(claim).create();

    var refusal =
        refusal(
            422,
            () ->
                resource(claim)
                    .patch(mergePatch(), quoted("{'spec':{'accessModes':['ReadWriteMany']}}")));

    assertThat(refusal.getStatus().getMessage()).contains("spec is immutable after creation");
  }

  @Test
  default void a_job_says_that_it_does_not_restart_for_ever() {
    var refusal =
        refusal(
            422,
            () ->
                resource(
                        object(
                            "batch/v1",
                            "Job",
                            "read-back",
                            "{'template':{'spec':{'containers':[{'name':'c','image':'i'}]}}}"))
                    .create());

    assertThat(refusal.getStatus().getMessage())
        .contains("spec.template.spec.restartPolicy: Required value");
  }

  @Test
  default void a_job_keeps_its_template() {
    GenericKubernetesResource job = object("batch/v1", "Job", "read-back", "{" + POD + "}]}}}");
    resource(job).create();

    var refusal =
        refusal(
            422,
            () ->
                resource(job)
                    .patch(
                        mergePatch(),
                        quoted("{'spec':{'template':{'spec':{'restartPolicy':'OnFailure'}}}}")));

    assertThat(refusal.getStatus().getMessage()).contains("spec.template", "field is immutable");
  }
}
