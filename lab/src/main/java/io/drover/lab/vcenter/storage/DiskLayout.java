// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.storage;

/**
 * How a lab disk is partitioned: what firmware and guest of its virtual machine would have laid
 * down.
 */
public enum DiskLayout {
  /** MBR with one active partition: a BIOS guest's boot disk. */
  MBR_BOOT,
  /** GPT with an EFI system partition, a boot and a root partition: a Linux boot disk. */
  GPT_LINUX,
  /** GPT with EFI system, MSR and basic data partitions: a Windows boot disk. */
  GPT_WINDOWS,
  /** GPT with one data partition. */
  GPT_DATA,
  /** No partition table and no content: a disk that nobody wrote to. */
  BLANK
}
